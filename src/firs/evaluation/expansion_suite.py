"""The suite ``expansion``: what captions as entries and moved images are worth, as table 5 has it.

Two captions of each image join, the others are asked: of every image, and of hot ones alone. What
joined also counts as queries that the image was accepted for, which move it; that is measured on
later queries for these images, and on those for all others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.experiment import Experiment
from firs.evaluation.ranks import Progress, blocks
from firs.evaluation.results import Results
from firs.evaluation.runner import open_evaluation_set, run_on
from firs.evaluation.significance import auroc
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.expanded import HUBNESS, hot_images
from firs.evaluation.tables import Table, figures_table

JOINING = 2
HOT = 0.3

NONE, OFF = StrategyCall("none"), StrategyCall("hubness")


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of the suite, with its baseline in the first row."""

    title: str
    results: Results


def run_expansion(plan: Experiment, progress: Progress) -> tuple[list[Part], Table]:
    """Measure all parts on the data, the encoder and the queries of an experiment.

    Returns:
        The parts, and how well queries whose image was taken out are told.

    Raises:
        FirsError: the data or the encoder cannot be used, or captions are too few.
    """
    plan = replace(plan, queries=replace(plan.queries, indexed_captions=JOINING))
    with open_evaluation_set(plan, progress) as evaluation_set:
        parts = [
            Part(title, run_on(some, part, depth=0, progress=progress).results)
            for title, some, calls in _parts(evaluation_set)
            for part in [replace(plan, name=f"expansion: {title}", strategies=tuple(calls))]
        ]
        return parts, _unanswerable(evaluation_set)


def expansion_tables(parts: Sequence[Part], unanswerable: Table) -> list[Table]:
    """A table a part, each figure with its interval, and the last."""
    return [*(figures_table(part.results, part.title) for part in parts), unanswerable]


def _unanswerable(evaluation_set: EvaluationSet) -> Table:
    """Return the best scores of queries with their image present, and of the same without it."""
    calls = [NONE, OFF, _call("expanded", 1.0), _call("expanded", 1.0, HUBNESS)]
    return Table(
        "Queries whose image and its captions were taken out",
        ("strategy", "AUROC of the best score"),
        [(str(call), f"{_separation(evaluation_set, call):.3f}") for call in calls],
    )


def _separation(evaluation_set: EvaluationSet, call: StrategyCall) -> float:
    answers = call.make().start(evaluation_set).answers
    here, gone = [], []
    for block in blocks(len(evaluation_set.asked)):
        [rows] = answers(block)
        here.append(rows.max(axis=1))
        rows[np.arange(len(block)), evaluation_set.groups[block]] = -np.inf
        gone.append(rows.max(axis=1))
    return auroc(np.concatenate(here), np.concatenate(gone))


def _parts(
    evaluation_set: EvaluationSet,
) -> Iterator[tuple[str, EvaluationSet, list[StrategyCall]]]:
    for share, title in ((1.0, "Captions of every image"), (HOT, "Captions of hot images alone")):
        yield title, evaluation_set, [NONE, _call("entries", share), _call("expanded", share)]
        over = _call("expanded", share, HUBNESS)
        yield f"{title}, hubness taken off", evaluation_set, [OFF, over]
    is_hot = np.isin(evaluation_set.groups, hot_images(evaluation_set, HOT))
    for asked, title in ((is_hot, "Later queries for hot images"), (~is_hot, "All other queries")):
        if asked.any():
            some = evaluation_set.only(np.flatnonzero(asked))
            yield title, some, [NONE, _call("moved", HOT), _call("expanded", HOT)]
            yield f"{title}, hubness taken off", some, [OFF, _call("moved", HOT, HUBNESS)]


def _call(strategy: str, hot: float, over: str = "") -> StrategyCall:
    hot_ones = {"hot": hot} if hot < 1 else {}
    return StrategyCall(strategy, hot_ones | ({"over": over} if over else {}))
