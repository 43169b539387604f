"""The suites ``fusion`` and ``expansion`` of ``firs evaluate``.

``fusion`` has up to three parts: several captions of one image; a caption and an example picture;
and, where the experiment has several encoders, their rankings. Each is compared with the text
query alone, or with the first strategy of its part.

``expansion`` measures captions as index entries and moved image embeddings, as table 5 of the
paper does. Two captions of each image join the collection and the others are queries: for every
image, and for frequently accepted ("hot") images alone. The captions that joined also count as
queries that the image was accepted for, which move its embedding; that is measured on later
queries for these images, and on those for all others.
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
from firs.fusion import FUSIONS
from firs.registry import Parameter

NONE, HUBNESS_REMOVED = StrategyCall("none"), StrategyCall("hubness")

STRATEGIES = ("words", "picture", "early-fusion", "late-fusion", "rerank")
NEIGHBOUR_COUNTS = (1, 5, 20)
"""From how many nearest neighbours example pictures are drawn; 5 for comparing all fusions."""
MAX_CAPTIONS = 5
"""How many captions of an image are also measured alone, at most."""

INDEXED_CAPTIONS = 2
"""Captions per image that join the collection in the suite ``expansion``."""
HOT_SHARE = 0.3
"""The share of the images that count as hot in the suite ``expansion``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of a suite, with its baseline in the first row."""

    title: str
    results: Results


def run_fusion(plan: Experiment, progress: Progress) -> list[Part]:
    """Measure every fusion method on the data, encoders and queries of an experiment.

    Raises:
        FirsError: the data or an encoder cannot be used.
    """
    with open_evaluation_set(plan, progress) as evaluation_set:
        return [
            Part(title, run_on(evaluation_set, part, depth=0, progress=progress).results)
            for title, calls in _fusion_parts(evaluation_set)
            for part in [replace(plan, name=f"fusion: {title}", strategies=tuple(calls))]
        ]


def fusion_tables(parts: Sequence[Part]) -> list[Table]:
    """Return a table per part, with the interval of each figure."""
    return [figures_table(part.results, part.title) for part in parts]


def _fusion_parts(evaluation_set: EvaluationSet) -> Iterator[tuple[str, list[StrategyCall]]]:
    singles = [_call("captions", only=at) for at in range(1, _captions_of_each(evaluation_set) + 1)]
    if len(singles) > 1:
        yield "Several captions of one image", [NONE, *singles, *_fusion_calls("captions")]
    for among in (each for each in NEIGHBOUR_COUNTS if each < len(evaluation_set.images)):
        calls = [_call("example", strategy=name, among=among) for name in STRATEGIES]
        more = _fusion_calls("example", strategy="late-fusion") + _fusion_calls(
            "example", strategy="rerank"
        )
        title = f"A caption and one of the {among} images nearest to the one sought"
        yield title, [*calls, *(more if among == 5 else [])]
    if evaluation_set.others:
        alone = [_call("encoders", only=at) for at in range(1, len(evaluation_set.views) + 1)]
        yield "Several encoders", [*alone, *_fusion_calls("encoders")]


def _captions_of_each(evaluation_set: EvaluationSet) -> int:
    """Return the number of query captions that every image has, up to ``MAX_CAPTIONS``."""
    return min(MAX_CAPTIONS, int(np.unique(evaluation_set.groups, return_counts=True)[1].min()))


def _fusion_calls(name: str, /, **parameters: Parameter) -> list[StrategyCall]:
    return [_call(name, **parameters, fusion=fusion) for fusion in FUSIONS]


def _call(name: str, /, **parameters: Parameter) -> StrategyCall:
    return StrategyCall(name, parameters)


def run_expansion(plan: Experiment, progress: Progress) -> tuple[list[Part], Table]:
    """Measure every expansion on the data, the encoder and the queries of an experiment.

    Returns:
        The parts, and how well queries with their image removed are detected.

    Raises:
        FirsError: the data or the encoder cannot be used, or captions are too few.
    """
    plan = replace(plan, queries=replace(plan.queries, indexed_captions=INDEXED_CAPTIONS))
    with open_evaluation_set(plan, progress) as evaluation_set:
        parts = [
            Part(title, run_on(some, part, depth=0, progress=progress).results)
            for title, some, calls in _expansion_parts(evaluation_set)
            for part in [replace(plan, name=f"expansion: {title}", strategies=tuple(calls))]
        ]
        return parts, _unanswerable(evaluation_set)


def expansion_tables(parts: Sequence[Part], unanswerable: Table) -> list[Table]:
    """Return a table per part, with the interval of each figure, and the last table."""
    return [*(figures_table(part.results, part.title) for part in parts), unanswerable]


def _unanswerable(evaluation_set: EvaluationSet) -> Table:
    """Return the best scores of queries with their image present, and of the same without it."""
    calls = [
        NONE,
        HUBNESS_REMOVED,
        _expansion_call("expanded", 1.0),
        _expansion_call("expanded", 1.0, HUBNESS),
    ]
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


def _expansion_parts(
    evaluation_set: EvaluationSet,
) -> Iterator[tuple[str, EvaluationSet, list[StrategyCall]]]:
    for share, title in (
        (1.0, "Captions of every image"),
        (HOT_SHARE, "Captions of hot images alone"),
    ):
        yield (
            title,
            evaluation_set,
            [NONE, _expansion_call("entries", share), _expansion_call("expanded", share)],
        )
        over = _expansion_call("expanded", share, HUBNESS)
        yield f"{title}, hubness taken off", evaluation_set, [HUBNESS_REMOVED, over]
    is_hot = np.isin(evaluation_set.groups, hot_images(evaluation_set, HOT_SHARE))
    for asked, title in ((is_hot, "Later queries for hot images"), (~is_hot, "All other queries")):
        if asked.any():
            some = evaluation_set.only(np.flatnonzero(asked))
            yield (
                title,
                some,
                [NONE, _expansion_call("moved", HOT_SHARE), _expansion_call("expanded", HOT_SHARE)],
            )
            yield (
                f"{title}, hubness taken off",
                some,
                [HUBNESS_REMOVED, _expansion_call("moved", HOT_SHARE, HUBNESS)],
            )


def _expansion_call(strategy: str, hot: float, over: str = "") -> StrategyCall:
    hot_ones = {"hot": hot} if hot < 1 else {}
    return StrategyCall(strategy, hot_ones | ({"over": over} if over else {}))
