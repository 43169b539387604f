"""The suites ``fusion``, ``expansion`` and ``calibration`` of ``firs evaluate``.

``fusion`` has up to three parts: several captions of one image; a caption and an example picture;
and, where the experiment has several encoders, their rankings. Each is compared with the text
query alone, or with the first strategy of its part.

``expansion`` measures captions as index entries and moved image embeddings, as table 5 of the
paper does. Two captions of each image are entries of the collection and the others are queries: for
every image, and for frequently accepted ("hot") images alone. These captions also count as queries
that the image was accepted for, which move its embedding; that is measured on later queries for
these images, and on those for all others.

``calibration`` measures whether probabilities are true, and whether queries without a match are
detected. Unanswerable queries are the captions themselves, with their image removed from the
collection. Foreign ones, from a file, ask for what no image of the collection shows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firs.calibration import Calibration, default_calibration
from firs.calibration.calibration import KnownTexts, credible_set_size
from firs.calibration.fitting import measure_hubness
from firs.calibration.hubness import Hubness
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.experiment import Experiment
from firs.evaluation.measures import Progress, ScoreRows, Values, blocks
from firs.evaluation.results import Results
from firs.evaluation.runner import open_evaluation_set, run_on
from firs.evaluation.significance import auroc, calibration_error
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.corrected import HUBNESS, caption_bank, hot_images
from firs.evaluation.tables import ABSENT, Table, figures_table
from firs.feedback.base import best
from firs.fusion import list_variants
from firs.index.base import Scores
from firs.registry import Parameter
from firs.search import EmbeddingMatrix

NONE, HUBNESS_REMOVED = StrategyCall("none"), StrategyCall("hubness")

STRATEGIES = ("words", "picture", "early-fusion", "late-fusion", "rerank")
NEIGHBOUR_COUNTS = (1, 5, 20)
"""From how many nearest neighbours example pictures are drawn; 5 for comparing all fusions."""
MAX_CAPTIONS = 5
"""How many captions of an image are also measured alone, at most."""

INDEXED_CAPTIONS = 2
"""Captions per image that are entries of the collection in the suite ``expansion``."""
HOT_SHARE = 0.3
"""The share of the images that count as hot in the suite ``expansion``."""

CHECKED_RESULTS = 50
"""How many results of each query have their probabilities checked in the suite ``calibration``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One comparison of a suite, with its baseline in the first row."""

    title: str
    results: Results

    def table(self) -> Table:
        """Return the figures with their intervals."""
        return figures_table(self.results, self.title)


def _run_part(
    title: str, evaluation_set: EvaluationSet, plan: Experiment, suite: str, progress: Progress
) -> Part:
    named = replace(plan, name=f"{suite}: {title}")
    return Part(title, run_on(evaluation_set, named, depth=0, progress=progress).results)


def _call(name: str, /, **parameters: Parameter) -> StrategyCall:
    return StrategyCall(name, parameters)


def run_fusion(plan: Experiment, progress: Progress) -> list[Part]:
    """Measure every fusion method on the data, encoders and queries of an experiment.

    Raises:
        FirsError: the data or an encoder cannot be used.
    """
    with open_evaluation_set(plan, progress) as evaluation_set:
        return [
            _run_part(title, evaluation_set, replace(plan, strategies=calls), "fusion", progress)
            for title, calls in fusion_parts(evaluation_set)
        ]


def fusion_parts(evaluation_set: EvaluationSet) -> Iterator[tuple[str, tuple[StrategyCall, ...]]]:
    """Yield the title and the strategies of each part that an evaluation set can have."""
    captions = int(np.unique(evaluation_set.groups, return_counts=True)[1].min())
    singles = [_call("captions", only=at) for at in range(1, min(MAX_CAPTIONS, captions) + 1)]
    if len(singles) > 1:
        yield "Several captions of one image", (NONE, *singles, *_fusion_calls("captions"))
    for count in (each for each in NEIGHBOUR_COUNTS if each < len(evaluation_set.images)):
        calls = [_call("example", strategy=name, among=count) for name in STRATEGIES]
        if count == 5:
            for name in ("late-fusion", "rerank"):
                calls += _fusion_calls("example", strategy=name)
        yield f"A caption and one of the {count} images nearest to the target", tuple(calls)
    if len(evaluation_set.views) > 1:
        alone = [_call("encoders", only=at) for at in range(1, len(evaluation_set.views) + 1)]
        yield "Several encoders", (*alone, *_fusion_calls("encoders"))


def _fusion_calls(name: str, /, **parameters: Parameter) -> list[StrategyCall]:
    return [_call(name, **parameters, fusion=fusion) for fusion in list_variants()]


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
            _run_part(title, some, replace(plan, strategies=calls), "expansion", progress)
            for title, some, calls in _expansion_parts(evaluation_set)
        ]
        return parts, _unanswerable_table(evaluation_set)


def _expansion_parts(
    evaluation_set: EvaluationSet,
) -> Iterator[tuple[str, EvaluationSet, tuple[StrategyCall, ...]]]:
    for share, title in (
        (1.0, "Captions of every image"),
        (HOT_SHARE, "Captions of hot images alone"),
    ):
        naive, separate = _expansion_call("entries", share), _expansion_call("expanded", share)
        corrected = _expansion_call("expanded", share, HUBNESS)
        yield title, evaluation_set, (NONE, naive, separate)
        yield f"{title}, hubness taken off", evaluation_set, (HUBNESS_REMOVED, corrected)
    moved, separate = _expansion_call("moved", HOT_SHARE), _expansion_call("expanded", HOT_SHARE)
    corrected = _expansion_call("moved", HOT_SHARE, HUBNESS)
    is_hot = np.isin(evaluation_set.groups, hot_images(evaluation_set, HOT_SHARE))
    for chosen, title in ((is_hot, "Later queries for hot images"), (~is_hot, "All other queries")):
        if chosen.any():
            some = evaluation_set.only(np.flatnonzero(chosen))
            yield title, some, (NONE, moved, separate)
            yield f"{title}, hubness taken off", some, (HUBNESS_REMOVED, corrected)


def _expansion_call(strategy: str, hot: float, over: str = "") -> StrategyCall:
    parameters: dict[str, Parameter] = {"hot": hot} if hot < 1 else {}
    return StrategyCall(strategy, parameters | ({"over": over} if over else {}))


def _unanswerable_table(evaluation_set: EvaluationSet) -> Table:
    """Compare the best scores of queries with their image in the collection and without it."""
    expanded = [_expansion_call("expanded", 1.0, over) for over in ("", HUBNESS)]
    return Table(
        "Queries without their image and its captions in the collection",
        ("strategy", "AUROC of the best score"),
        [
            (str(call), f"{_separation(evaluation_set, call):.3f}")
            for call in (NONE, HUBNESS_REMOVED, *expanded)
        ],
    )


def _separation(evaluation_set: EvaluationSet, call: StrategyCall) -> float:
    answers = call.make().start(evaluation_set).answers
    present, absent = [], []
    for block in blocks(len(evaluation_set.queries)):
        [rows] = answers(block)
        present.append(rows.max(axis=1))
        rows[np.arange(len(block)), evaluation_set.groups[block]] = -np.inf
        absent.append(rows.max(axis=1))
    return auroc(np.concatenate(present), np.concatenate(absent))


_CALIBRATION_COLUMNS = (
    "scores",
    "sharpness",
    "ECE of the first",
    f"ECE of the first {CHECKED_RESULTS}",
    "coverage %",
    "likely",
    "AUROC unanswerable",
    "AUROC foreign",
    "weak: answerable %",
    "unanswerable %",
    "foreign %",
)

_CALIBRATION_NOTES = (
    "Unanswerable are the same captions with their image taken out, detected by the best score; "
    "foreign queries are detected by the evidence for a match (Calibration.support).",
    "Coverage is how often the image is among the likely ones; likely is their median number.",
)


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """The best score of each query, and the evidence for a match: float64 ``(q,)``."""

    best: Values
    support: Values

    @classmethod
    def measure(
        cls, calibration: Calibration, rows: Iterable[Scores], familiar: Sequence[float | None]
    ) -> "CalibrationSample":
        """Measure queries by the scores of all images, a row each, and how familiar each is."""
        rows = list(rows)
        support = [calibration.support(row, near) for row, near in zip(rows, familiar, strict=True)]
        return cls(
            np.array([row.max() for row in rows], np.float64),
            np.array([np.nan if each is None else each for each in support]),
        )

    @property
    def weak(self) -> float:
        """Return the share of queries, in per cent, that are reported to match nothing."""
        return 100 * float((self.support < 0).mean())


def run_calibration(
    plan: Experiment, out_of_collection_queries: Sequence[str], progress: Progress
) -> Table:
    """Measure the calibration of scores as they are, and without hubness.

    Args:
        plan: data, encoder and queries.
        out_of_collection_queries: queries for what no image shows.
        progress: called with the progress.

    Raises:
        InputError: there are no captions other than the queries, it is unknown what the encoder's
            scores mean and they are too few to fit it, or these queries cannot be encoded.
        FirsError: the data or an encoder cannot be used.
    """
    with open_evaluation_set(plan, progress) as evaluation_set:
        images, queries = evaluation_set.images, evaluation_set.queries
        foreign_queries = (
            evaluation_set.encode_texts(out_of_collection_queries)
            if out_of_collection_queries
            else queries[:0]
        )
        rows = []
        for name, calibration, hubness in _calibrations(evaluation_set):
            scores = hubness.of(queries @ images.T)
            familiar = [hubness.familiar(query) for query in queries]
            foreign = CalibrationSample.measure(
                calibration,
                hubness.of(foreign_queries @ images.T),
                [hubness.familiar(query) for query in foreign_queries],
            )
            figures = _calibration_figures(
                calibration, scores, familiar, evaluation_set.groups, foreign
            )
            rows.append((name, *figures))
    title = (
        f"{evaluation_set.dataset.name}, {len(queries):,} queries, {evaluation_set.encoder.name}"
    )
    return Table(f"Calibration: {title}", _CALIBRATION_COLUMNS, rows, _CALIBRATION_NOTES)


def _calibrations(evaluation_set: EvaluationSet) -> Iterator[tuple[str, Calibration, Hubness]]:
    """Yield what scores mean as they are, if that is shipped, and without hubness."""
    name = evaluation_set.encoder.name
    images = EmbeddingMatrix(np.arange(len(evaluation_set.images)), evaluation_set.images)
    texts, owners = caption_bank(evaluation_set)
    found = measure_hubness(images, name, texts, owners)
    shipped = default_calibration(name)
    if shipped is None and found.meaning is None:
        raise InputError(
            f"What the scores of {name!r} mean is not known, and the captions that are no queries "
            f"are too few to fit it."
        )
    if shipped is not None:
        yield "as they are, shipped", shipped, Hubness(np.zeros_like(found.biases))
        yield "hubness taken off, shipped", shipped, Hubness(found.biases)
    if found.meaning is not None:
        bank = KnownTexts(texts[found.bank])
        yield "hubness taken off, fitted", found.meaning, Hubness(found.biases, texts=bank)


def _calibration_figures(
    calibration: Calibration,
    scores: ScoreRows,
    familiar: Sequence[float | None],
    owners: NDArray[np.int64],
    foreign: CalibrationSample,
) -> list[str]:
    probabilities = np.stack([calibration.probabilities(row) for row in scores])
    first = best(scores, min(CHECKED_RESULTS, scores.shape[1]))
    predicted = np.take_along_axis(probabilities, first, axis=1)
    is_target = first == owners[:, np.newaxis]
    sizes = np.array([credible_set_size(row) for row in probabilities])
    target_scores = scores[np.arange(len(scores)), owners]
    covered = (scores > target_scores[:, np.newaxis]).sum(axis=1) < sizes
    present = CalibrationSample.measure(calibration, scores, familiar)
    others = (np.delete(row, owner) for row, owner in zip(scores, owners, strict=True))
    absent = CalibrationSample.measure(calibration, others, familiar)
    has_foreign = len(foreign.best) > 0
    return [
        f"{calibration.logit_scale:.1f}",
        f"{calibration_error(predicted[:, 0], is_target[:, 0]):.3f}",
        f"{calibration_error(predicted.ravel(), is_target.ravel()):.4f}",
        f"{100 * covered.mean():.1f}",
        f"{np.median(sizes):.0f}",
        f"{auroc(present.best, absent.best):.2f}",
        f"{auroc(present.support, foreign.support):.2f}" if has_foreign else ABSENT,
        f"{present.weak:.1f}",
        f"{absent.weak:.1f}",
        f"{foreign.weak:.1f}" if has_foreign else ABSENT,
    ]
