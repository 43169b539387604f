"""Runs an experiment: every strategy over every query, block by block."""

import os
import platform
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from firs import __version__
from firs.encoders import open_encoder
from firs.errors import InputError
from firs.evaluation.datasets import Dataset
from firs.evaluation.datasets.vectors import read_oracle_embeddings
from firs.evaluation.evaluation_set import (
    EvaluationSet,
    encode_views,
    evaluation_set_from_pictures,
    evaluation_set_from_vectors,
)
from firs.evaluation.experiment import Experiment
from firs.evaluation.measures import (
    Indices,
    Progress,
    Ranks,
    Relevant,
    ScoreRows,
    blocks,
    measure,
    ranks_in,
    recall_curve,
    rounds_to_success,
    summarise,
)
from firs.evaluation.results import Results, Row
from firs.evaluation.searchers import (
    FloatSearcher,
    collection_agreement,
    index_agreement,
    milliseconds,
    select_best,
)
from firs.evaluation.significance import compare_to_baseline, intervals
from firs.evaluation.strategies import PAGE, StartedStrategy, StrategyCall
from firs.storage.encoders import each_encoder

CURVE = 100
"""Up to which K the recall curve goes."""


@dataclass(frozen=True, slots=True)
class QueryOutcomes:
    """What a row summarises: the ranks of each round, and the best images of the last.

    ``images`` int64 and ``scores`` float32 are ``(queries, depth)``.
    """

    rounds: list[Ranks]
    images: Indices
    scores: ScoreRows


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results, and what they summarise, by strategy."""

    results: Results
    dataset: Dataset
    query_captions: Indices
    relevant: Relevant
    by_strategy: Mapping[str, QueryOutcomes]


def run(experiment: Experiment, *, depth: int = 0, progress: Progress) -> Outcome:
    """Run an experiment.

    Args:
        experiment: what to measure.
        depth: how many of each query's best images to return, for run files and reports.
        progress: called with the progress.

    Raises:
        FirsError: the data, the encoder or a strategy cannot be used.
    """
    with open_evaluation_set(experiment, progress) as evaluation_set:
        return run_on(evaluation_set, experiment, depth=depth, progress=progress)


@contextmanager
def open_evaluation_set(experiment: Experiment, progress: Progress) -> Iterator[EvaluationSet]:
    """Open the evaluation set of an experiment: its data, encoded, and its queries, drawn.

    Raises:
        FirsError: the data or an encoder cannot be used.
    """
    first, *rest = [str(name) for name in each_encoder(experiment.encoder)]
    others = [open_encoder(name) for name in rest]
    oracle, folder = experiment.oracle_encoder, experiment.collection
    dataset = experiment.data.load()
    if others:
        dataset = dataset.with_pictures_only()
    query_captions, indexed = experiment.queries.draw(dataset, experiment.seed)
    relevant = experiment.queries.relevant(dataset, query_captions)
    if oracle and dataset.image_vectors is not None:
        raise InputError(
            f"{dataset.name} comes as vectors, so another encoder cannot see its pictures; "
            f"give users embeddings instead (--oracle-embeddings FILE)."
        )
    with ExitStack() as stack:
        if dataset.image_vectors is None:
            pictures = evaluation_set_from_pictures(
                dataset,
                open_encoder(first or "mini"),
                query_captions,
                indexed,
                relevant=relevant,
                oracle_encoder=open_encoder(oracle) if oracle else None,
                others=others,
                folder=folder,
                progress=progress,
            )
            evaluation_set = stack.enter_context(pictures)
        else:
            evaluation_set = evaluation_set_from_vectors(
                dataset,
                query_captions,
                indexed,
                encoder=first or "vectors made elsewhere",
                relevant=relevant,
                others=encode_views(others, dataset, query_captions, folder, progress),
            )
        if experiment.oracle_embeddings is not None:
            known = read_oracle_embeddings(experiment.oracle_embeddings, dataset.image_ids)
            evaluation_set = replace(evaluation_set, oracle_embeddings=known)
        ranks = experiment.queries.initial_rank_range()
        yield evaluation_set.with_initial_rank_between(*ranks) if ranks else evaluation_set


def run_on(
    evaluation_set: EvaluationSet, experiment: Experiment, *, depth: int, progress: Progress
) -> Outcome:
    """Run an experiment's strategies on an evaluation set that is open; see ``run``."""
    start_time = time.perf_counter()
    rows: list[Row] = []
    outcomes: dict[str, QueryOutcomes] = {}
    for call in experiment.strategies:
        row, outcomes[str(call)] = _measure(evaluation_set, call, experiment, depth, progress)
        rows.append(row)
    last = {name: outcome.rounds[-1] for name, outcome in outcomes.items()}
    results = Results(
        experiment=experiment.as_json(),
        data=_describe_data(evaluation_set, experiment.seed),
        encoder=_describe_encoder(evaluation_set),
        versions=_versions(),
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=time.perf_counter() - start_time,
        measures=experiment.measures,
        rows=compare_to_baseline(rows, last, evaluation_set.groups, experiment.seed),
    )
    return Outcome(
        results,
        evaluation_set.dataset,
        evaluation_set.query_captions,
        evaluation_set.relevant,
        outcomes,
    )


def _measure(
    evaluation_set: EvaluationSet,
    call: StrategyCall,
    experiment: Experiment,
    depth: int,
    progress: Progress,
) -> tuple[Row, QueryOutcomes]:
    start_time = time.perf_counter()
    started = call.make().start(evaluation_set)
    outcomes = _answer_all(evaluation_set, started, str(call), depth, progress)
    seconds, seed = time.perf_counter() - start_time, experiment.seed
    row = build_row(
        str(call),
        outcomes.rounds,
        experiment.measures,
        evaluation_set.groups,
        seed,
        page=started.page,
    )
    searcher = started.searcher
    if searcher is None:
        return replace(row, seconds=seconds), outcomes
    row = replace(
        row,
        seconds=seconds,
        ms_per_query=milliseconds(searcher, evaluation_set),
        bytes_per_vector=searcher.bytes_per_vector,
        agreement=index_agreement(searcher, evaluation_set, seed),
    )
    return row, outcomes


def _answer_all(
    evaluation_set: EvaluationSet,
    started: StartedStrategy,
    name: str,
    depth: int,
    progress: Progress,
) -> QueryOutcomes:
    count = len(evaluation_set.queries)
    depth = min(depth, len(evaluation_set.images))
    parts: list[list[Ranks]] = []
    images = np.empty((count, depth), dtype=np.int64)
    scores = np.empty((count, depth), dtype=np.float32)
    for block in blocks(count):
        relevant = evaluation_set.relevant.of(block)
        rounds = []
        for rows in started.answers(block):
            rounds.append(ranks_in(rows, relevant))
            last = rows
        parts.append(rounds)
        if depth:
            images[block], scores[block] = select_best(last, depth)
        progress(name, int(block[-1]) + 1, count)
    ranks = [Ranks.concatenate(each) for each in zip(*parts, strict=True)]
    return QueryOutcomes(ranks, images, scores)


def build_row(
    strategy: str,
    rounds: Sequence[Ranks],
    measures: tuple[str, ...],
    groups: Indices,
    seed: int,
    page: int = PAGE,
) -> Row:
    """Return a strategy's row from the ranks of each of its rounds, on pages of ``page`` images."""
    last = rounds[-1]
    values = {each: each.values(last) for each in map(measure, measures)}
    won = last.ties_won()
    needed = rounds_to_success(rounds, page)
    return Row(
        strategy=strategy,
        figures=summarise(last, measures),
        intervals=intervals(values, groups, seed=seed),
        rounds=[summarise(ranks, measures) for ranks in rounds],
        recall_curve=recall_curve(last, min(CURVE, last.images)),
        success_by_round=[100 * float(np.mean(needed <= number)) for number in range(len(rounds))],
        seconds=0.0,
        ties_won=None if won is None else summarise(won, measures),
    )


def _describe_encoder(evaluation_set: EvaluationSet) -> dict[str, Any]:
    first, *others = [asdict(view.encoder) for view in evaluation_set.views]
    return first | ({"others": others} if others else {})


def _describe_data(evaluation_set: EvaluationSet, seed: int) -> dict[str, Any]:
    dataset, searcher = evaluation_set.dataset, FloatSearcher(evaluation_set.images)
    return {
        "name": dataset.name,
        "images": len(dataset.image_ids),
        "images_with_captions": len(np.unique(dataset.owners)),
        "captions": len(dataset.captions),
        "queries": len(evaluation_set.queries),
        "relevant": len(evaluation_set.relevant.image),
        "joined": len(evaluation_set.indexed),
        "generated": dataset.generated,
        "fingerprint": dataset.fingerprint,
        "agreement": collection_agreement(searcher, evaluation_set, seed),
    }


def _versions() -> dict[str, str]:
    packages = ("numpy", "faiss-cpu", "onnxruntime")
    return {
        "firs": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }
