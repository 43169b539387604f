"""Full rankings at the paper's size, on GENERATED vectors: time and peak memory.

    python benchmarks/evaluate.py                       # 36,014 images, 5,605 queries, 768 dims
    python benchmarks/evaluate.py --size 5000x1000x512

Strategies run as in ``firs evaluate``. For comparison, on 64 of the queries: the same ranks by
sorting all scores with NumPy, and by retrieving all images with FAISS, extrapolated to all queries.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from firs.evaluation.datasets import all_queries, load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.measures import Ranks, blocks, ranks_in
from firs.evaluation.strategies import Answers, parse_strategies
from firs.index.exact import ExactFloat32Index

STRATEGIES = "none,pseudo,pseudo(rounds=2),bits-mean,bits-median,pseudo(over=bits-mean)"
SOME = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", default="", help="images x queries x dimensions")
    parser.add_argument("--strategy", default=STRATEGIES)
    options = parser.parse_args()
    dataset = load_dataset("generated", Path(), options.size)
    evaluation_set = evaluation_set_from_vectors(dataset, all_queries(dataset))
    print(
        f"GENERATED: {len(evaluation_set.images):,} images, "
        f"{len(evaluation_set.queries):,} queries, {evaluation_set.encoder.dim} dimensions"
    )
    print(f"{'':34}{'seconds':>9}{'peak GB':>9}{'R@1':>7}")
    for call in parse_strategies(options.strategy):
        began = time.perf_counter()
        ranks = _last_ranks(evaluation_set, call.make().start(evaluation_set).answers)
        recall = 100 * float(np.mean(ranks.first <= 1))
        print(f"{call!s:34}{time.perf_counter() - began:9.1f}{_peak():9.2f}{recall:7.1f}")
    for name, peer in (("NumPy, all sorted", _sorted), ("FAISS, all retrieved", _faiss)):
        seconds = (
            peer(evaluation_set)
            * len(evaluation_set.queries)
            / min(SOME, len(evaluation_set.queries))
        )
        print(f"{name + ' (extrapolated)':34}{seconds:9.1f}{_peak():9.2f}")


def _last_ranks(evaluation_set: EvaluationSet, answers: Answers) -> Ranks:
    parts = []
    for block in blocks(len(evaluation_set.query_captions)):
        for scores in answers(block):
            last = ranks_in(scores, evaluation_set.relevant.of(block))
        parts.append(last)
    return Ranks.concatenate(parts)


def _sorted(evaluation_set: EvaluationSet) -> float:
    began = time.perf_counter()
    np.argsort(-(evaluation_set.queries[:SOME] @ evaluation_set.images.T), axis=1)
    return time.perf_counter() - began


def _faiss(evaluation_set: EvaluationSet) -> float:
    index = ExactFloat32Index.build(np.arange(len(evaluation_set.images)), evaluation_set.images)
    began = time.perf_counter()
    index.search(evaluation_set.queries[:SOME], len(evaluation_set.images))
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
