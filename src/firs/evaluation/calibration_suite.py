"""The suite ``calibration``: are probabilities true, and are queries without a match detected?

Unanswerable queries are the captions themselves, with their image taken out of the collection.
Foreign ones, from a file, ask for what no image of the collection shows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.calibration import Calibration, default_calibration
from firs.calibration.calibration import KnownTexts, credible_set_size
from firs.calibration.fitting import measure_hubness
from firs.calibration.hubness import Hubness
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.experiment import Experiment
from firs.evaluation.measures import Values
from firs.evaluation.ranks import Progress, ScoreRows
from firs.evaluation.runner import open_evaluation_set
from firs.evaluation.significance import auroc, calibration_error
from firs.evaluation.strategies.calibrated import bank_of, encode_texts
from firs.evaluation.tables import ABSENT, Table
from firs.feedback.base import best
from firs.index.base import Scores
from firs.search import EmbeddingMatrix as Images

FIRST = 50
"""Results of each query whose probabilities are checked."""

_COLUMNS = (
    "scores",
    "sharpness",
    "ECE of the first",
    f"ECE of the first {FIRST}",
    "held %",
    "likely",
    "AUROC unanswerable",
    "AUROC foreign",
    "weak: answerable %",
    "unanswerable %",
    "foreign %",
)

_NOTES = (
    "Unanswerable are the same captions with their image taken out, told by the best score; "
    "foreign queries are told by what speaks for a match (Calibration.support).",
    "Held is how often the image is among the likely ones, of which the median number is told.",
)


@dataclass(frozen=True, slots=True)
class CalibrationSample:
    """The best score of each query, and what speaks for a match: float64 ``(q,)``."""

    best: Values
    support: Values

    @classmethod
    def of(
        cls, calibration: Calibration, rows: Sequence[Scores], familiar: Sequence[float | None]
    ) -> "CalibrationSample":
        """Queries by the scores of all images, a row each, and how familiar each is."""
        support = [calibration.support(row, near) for row, near in zip(rows, familiar, strict=True)]
        told = [np.nan if each is None else each for each in support]
        return cls(np.array([row.max() for row in rows], np.float64), np.array(told))

    @property
    def weak(self) -> float:
        """Return the share of queries, in per cent, that are reported to match nothing."""
        return 100 * float((self.support < 0).mean())


def run_calibration(
    plan: Experiment, out_of_collection_queries: Sequence[str], progress: Progress
) -> Table:
    """Measure the calibration of scores as they are, and with hubness taken off.

    Args:
        plan: data, encoder and queries.
        out_of_collection_queries: queries for what no image shows.
        progress: called with the progress.

    Raises:
        InputError: there are no captions that are not asked, it is unknown what the encoder's
            scores mean and they are too few to fit it, or these queries cannot be encoded.
        FirsError: the data or an encoder cannot be used.
    """
    with open_evaluation_set(plan, progress) as evaluation_set:
        strangers = (
            encode_texts(evaluation_set, out_of_collection_queries)
            if out_of_collection_queries
            else evaluation_set.queries[:0]
        )
        rows = []
        for name, calibration, hubness in _calibrations(evaluation_set):
            asked = hubness.of(evaluation_set.queries @ evaluation_set.images.T)
            near = [hubness.familiar(query) for query in strangers]
            strange = CalibrationSample.of(
                calibration, list(hubness.of(strangers @ evaluation_set.images.T)), near
            )
            near = [hubness.familiar(query) for query in evaluation_set.queries]
            rows.append((name, *_figures(calibration, asked, near, evaluation_set.groups, strange)))
        data, encoder = evaluation_set.dataset.name, evaluation_set.encoder.name
        title = f"{data}, {len(evaluation_set.asked):,} queries, {encoder}"
        return Table(f"Calibration: {title}", _COLUMNS, rows, _NOTES)


def _calibrations(evaluation_set: EvaluationSet) -> Iterator[tuple[str, Calibration, Hubness]]:
    """What scores mean as they are, where that is shipped, and when hubness is taken off."""
    name, images = (
        evaluation_set.encoder.name,
        Images(np.arange(len(evaluation_set.images)), evaluation_set.images),
    )
    texts, owners = bank_of(evaluation_set)
    found = measure_hubness(images, name, texts, owners)
    known = default_calibration(name)
    if known is not None:
        yield "as they are, shipped", known, Hubness(np.zeros_like(found.biases))
    if known is None and found.meaning is None:
        raise InputError(
            f"What the scores of {name!r} mean is not known, and the captions that are not asked "
            f"are too few to fit it."
        )
    if known is not None:
        yield "hubness taken off, shipped", known, Hubness(found.biases)
    if found.meaning is not None:
        yield (
            "hubness taken off, fitted",
            found.meaning,
            Hubness(found.biases, texts=KnownTexts(texts[found.bank])),
        )


def _figures(
    calibration: Calibration,
    asked: ScoreRows,
    near: Sequence[float | None],
    owners: NDArray[np.int64],
    strange: CalibrationSample,
) -> list[str]:
    chances = np.stack([calibration.probabilities(row) for row in asked])
    first = best(asked, min(FIRST, asked.shape[1]))
    promised, true = np.take_along_axis(chances, first, axis=1), first == owners[:, np.newaxis]
    sizes = np.array([credible_set_size(row) for row in chances])
    own = asked[np.arange(len(asked)), owners]
    held = (asked > own[:, np.newaxis]).sum(axis=1) < sizes
    here = CalibrationSample.of(calibration, list(asked), near)
    gone = [np.delete(row, owner) for row, owner in zip(asked, owners, strict=True)]
    absent = CalibrationSample.of(calibration, gone, near)
    return [
        f"{calibration.logit_scale:.1f}",
        f"{calibration_error(promised[:, 0], true[:, 0]):.3f}",
        f"{calibration_error(promised.ravel(), true.ravel()):.4f}",
        f"{100 * held.mean():.1f}",
        f"{np.median(sizes):.0f}",
        f"{auroc(here.best, absent.best):.2f}",
        f"{auroc(here.support, strange.support):.2f}" if len(strange.best) else ABSENT,
        *(f"{each.weak:.1f}" for each in (here, absent)),
        f"{strange.weak:.1f}" if len(strange.best) else ABSENT,
    ]
