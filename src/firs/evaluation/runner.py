"""Runs an experiment: every strategy over every query, block by block."""

import os
import platform
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from firs import __version__
from firs.encoders import open_encoder
from firs.errors import InputError
from firs.evaluation.comparison import compare_to_baseline, figures_of
from firs.evaluation.consistency import collection_agreement, index_agreement, milliseconds
from firs.evaluation.dataset import Dataset
from firs.evaluation.encoding import evaluation_set_from_pictures, views_by
from firs.evaluation.evaluation_set import EvaluationSet, evaluation_set_from_vectors
from firs.evaluation.experiment import Experiment
from firs.evaluation.ranks import Places, Progress, Ranks, Relevant, ScoreRows, blocks, ranks_in
from firs.evaluation.results import Results, Row
from firs.evaluation.searchers import FloatSearcher
from firs.evaluation.strategies import Started, StrategyCall
from firs.feedback.base import best
from firs.storage.encoders import each_encoder


@dataclass(frozen=True, slots=True)
class QueryOutcomes:
    """What a row rests on: the ranks of each round, and the best images of the last.

    ``places`` int64 and ``scores`` float32 are ``(queries, depth)``.
    """

    rounds: list[Ranks]
    places: Places
    scores: ScoreRows


@dataclass(frozen=True, slots=True)
class Outcome:
    """Results, and what they rest on by strategy."""

    results: Results
    dataset: Dataset
    asked: Places
    relevant: Relevant
    evidence: Mapping[str, QueryOutcomes]


def run(experiment: Experiment, *, depth: int = 0, progress: Progress) -> Outcome:
    """Run an experiment.

    Args:
        experiment: what to measure.
        depth: how many of each query's best images to keep, for run files and reports.
        progress: called with the progress.

    Raises:
        FirsError: the data, the encoder or a strategy cannot be used.
    """
    with open_evaluation_set(experiment, progress) as evaluation_set:
        return run_on(evaluation_set, experiment, depth=depth, progress=progress)


@contextmanager
def open_evaluation_set(experiment: Experiment, progress: Progress) -> Iterator[EvaluationSet]:
    """The evaluation set of an experiment: its data, encoded, and its queries, drawn.

    Raises:
        FirsError: the data or an encoder cannot be used.
    """
    with _open_whole_set(experiment, progress) as evaluation_set:
        initial_ranks = experiment.queries.initial_rank_range()
        yield (
            evaluation_set.with_initial_rank_between(*initial_ranks)
            if initial_ranks
            else evaluation_set
        )


@contextmanager
def _open_whole_set(experiment: Experiment, progress: Progress) -> Iterator[EvaluationSet]:
    first, *rest = [str(name) for name in each_encoder(experiment.encoder)]
    others = [open_encoder(name) for name in rest]
    dataset = experiment.data.load()
    if others:
        dataset = dataset.with_pictures_only()
    asked, joined = experiment.queries.draw(dataset, experiment.seed)
    relevant = experiment.queries.relevant(dataset, asked)
    if dataset.image_vectors is not None:
        if experiment.oracle_encoder:
            raise InputError(
                f"{dataset.name} comes as vectors, so another encoder cannot see its pictures; "
                f"leave --oracle-encoder out."
            )
        yield evaluation_set_from_vectors(
            dataset,
            asked,
            joined,
            encoder=first or "vectors made elsewhere",
            relevant=relevant,
            others=views_by(others, dataset, asked, experiment.collection, progress),
        )
        return
    with evaluation_set_from_pictures(
        dataset,
        open_encoder(first or "mini"),
        asked,
        joined,
        relevant=relevant,
        oracle_encoder=open_encoder(experiment.oracle_encoder)
        if experiment.oracle_encoder
        else None,
        others=others,
        folder=experiment.collection,
        progress=progress,
    ) as evaluation_set:
        yield evaluation_set


def run_on(
    evaluation_set: EvaluationSet, experiment: Experiment, *, depth: int, progress: Progress
) -> Outcome:
    """Run an experiment's strategies on an evaluation set that is open; see ``run``."""
    start_time = time.perf_counter()
    rows: list[Row] = []
    evidence: dict[str, QueryOutcomes] = {}
    for call in experiment.strategies:
        row, found = _measure(evaluation_set, call, experiment, depth, progress)
        rows.append(row)
        evidence[row.strategy] = found
    last = {name: found.rounds[-1] for name, found in evidence.items()}
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
        results, evaluation_set.dataset, evaluation_set.asked, evaluation_set.relevant, evidence
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
    evidence = _answer_all(evaluation_set, started, str(call), depth, progress)
    seconds = time.perf_counter() - start_time
    row = figures_of(
        str(call), evidence.rounds, experiment.measures, evaluation_set.groups, experiment.seed
    )
    row = replace(row, seconds=seconds)
    searcher = started.searcher
    if searcher is not None:
        row = replace(
            row,
            ms_per_query=milliseconds(searcher, evaluation_set),
            bytes_per_vector=searcher.bytes_per_vector,
            agreement=index_agreement(searcher, evaluation_set, experiment.seed),
        )
    return row, evidence


def _answer_all(
    evaluation_set: EvaluationSet, started: Started, name: str, depth: int, progress: Progress
) -> QueryOutcomes:
    count = len(evaluation_set.asked)
    depth = min(depth, len(evaluation_set.images))
    parts: list[list[Ranks]] = []
    places = np.empty((count, depth), dtype=np.int64)
    scores = np.empty((count, depth), dtype=np.float32)
    for block in blocks(count):
        relevant = evaluation_set.relevant.of(block)
        rounds = []
        for rows in started.answers(block):
            rounds.append(ranks_in(rows, relevant))
            last = rows
        parts.append(rounds)
        if depth:
            places[block] = best(last, depth)
            scores[block] = np.take_along_axis(last, places[block], axis=1)
        progress(name, int(block[-1]) + 1, count)
    return QueryOutcomes(
        [Ranks.concatenate(each) for each in zip(*parts, strict=True)], places, scores
    )


def _describe_encoder(evaluation_set: EvaluationSet) -> dict[str, Any]:
    others = [asdict(view.encoder) for view in evaluation_set.others]
    return asdict(evaluation_set.encoder) | ({"others": others} if others else {})


def _describe_data(evaluation_set: EvaluationSet, seed: int) -> dict[str, Any]:
    dataset = evaluation_set.dataset
    return {
        "name": dataset.name,
        "images": len(dataset.image_ids),
        "images_with_captions": len(np.unique(dataset.owners)),
        "captions": len(dataset.captions),
        "queries": len(evaluation_set.asked),
        "relevant": len(evaluation_set.relevant.place),
        "joined": len(evaluation_set.joined),
        "generated": dataset.generated,
        "fingerprint": dataset.fingerprint,
        "agreement": collection_agreement(
            FloatSearcher(evaluation_set.images), evaluation_set, seed
        ),
    }


def _versions() -> dict[str, str]:
    packages = ("numpy", "faiss-cpu", "onnxruntime")
    return {
        "firs": __version__,
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
    }
