"""Full rankings at the paper's size, on GENERATED vectors: time and peak memory.

    python benchmarks/evaluate.py                       # 36,014 images, 5,605 queries, 768 dims
    python benchmarks/evaluate.py --size 5000x1000x512

Strategies run as in ``firs evaluate``. Beside them, on 64 of the queries: the same ranks by
sorting all scores with NumPy, and by asking FAISS for all images, counted up to all queries.
"""

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from firs.evaluation.datasets import load_dataset
from firs.evaluation.evaluation_set import EvaluationSet, bench_of_vectors
from firs.evaluation.ranks import Ranks, blocks, ranks_in
from firs.evaluation.sampling import all_queries
from firs.evaluation.strategies import parse_strategies
from firs.evaluation.strategies.base import Answers
from firs.index.exact import ExactFloat32Index

STRATEGIES = "none,pseudo,pseudo(rounds=2),bits-mean,bits-median,pseudo(over=bits-mean)"
SOME = 64


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--size", default="", help="images x queries x dimensions")
    parser.add_argument("--strategy", default=STRATEGIES)
    given = parser.parse_args()
    dataset = load_dataset("generated", Path(), given.size)
    bench = bench_of_vectors(dataset, all_queries(dataset))
    print(f"GENERATED: {len(bench.images):,} images, {len(bench.queries):,} queries, "
          f"{bench.encoder.dim} dimensions")  # fmt: skip
    print(f"{'':34}{'seconds':>9}{'peak GB':>9}{'R@1':>7}")
    for call in parse_strategies(given.strategy):
        began = time.perf_counter()
        ranks = _last_ranks(bench, call.make().start(bench).answers)
        recall = 100 * float(np.mean(ranks.first <= 1))
        print(f"{call!s:34}{time.perf_counter() - began:9.1f}{_peak():9.2f}{recall:7.1f}")
    for name, peer in (("NumPy, all sorted", _sorted), ("FAISS, all asked for", _faiss)):
        seconds = peer(bench) * len(bench.queries) / min(SOME, len(bench.queries))
        print(f"{name + ' (counted up)':34}{seconds:9.1f}{_peak():9.2f}")


def _last_ranks(bench: EvaluationSet, answers: Answers) -> Ranks:
    parts = []
    for block in blocks(len(bench.asked)):
        for scores in answers(block):
            last = ranks_in(scores, bench.relevant.of(block))
        parts.append(last)
    return Ranks.concatenate(parts)


def _sorted(bench: EvaluationSet) -> float:
    began = time.perf_counter()
    np.argsort(-(bench.queries[:SOME] @ bench.images.T), axis=1)
    return time.perf_counter() - began


def _faiss(bench: EvaluationSet) -> float:
    index = ExactFloat32Index.build(np.arange(len(bench.images)), bench.images)
    began = time.perf_counter()
    index.search(bench.queries[:SOME], len(bench.images))
    return time.perf_counter() - began


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main()
