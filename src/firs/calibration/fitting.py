"""Fit the meaning of scores to captions and their images."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firs.calibration.calibration import (
    FEWEST,
    Calibration,
    CaptionSupport,
    KnownTexts,
    top_score_gap,
)
from firs.calibration.defaults import default_calibration
from firs.calibration.hubness import biases
from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Ids, Scores
from firs.search import EmbeddingMatrix
from firs.search.matrix import PopulationSample, population_scores, product

ENOUGH = 100
"""Captions that a fit needs."""
MISSED = 0.05
"""Share of the captions that may be taken for ones that nothing matches."""

_FARTHEST = 1e4

Places = NDArray[np.int64]


def fit_calibration(
    images: EntryVectors,
    captions: Vectors,
    owners: Places,
    known: Calibration | None = None,
    off: Scores | None = None,
    texts: KnownTexts | None = None,
    whole: PopulationSample | None = None,
) -> Calibration:
    """Return the calibration with the maximum likelihood of the captions' own images.

    Args:
        images: float16 or float32 ``(n, dim)``.
        captions: float32 ``(m, dim)``.
        owners: int64 ``(m,)``, position of the image of each caption.
        known: default calibration of the encoder. Its ``nearest`` is used: captions say nothing
            about queries of one or two words, which have lower cosines.
        off: float32 ``(n,)``, hubness bias of each image.
        texts: captions of other images.
        whole: what the images represent, if they are a sample.

    Raises:
        InputError: there are fewer than ``ENOUGH`` captions.
    """
    if len(captions) < ENOUGH:
        raise InputError(f"A fit needs {ENOUGH} captions or more, not {len(captions)}.")
    scores = product(images, captions).T.astype(np.float64)
    if off is not None:
        scores -= off - population_scores(off, whole).mean()
    weights = None if whole is None else whole.weights(len(images))
    return replace(
        known or Calibration(1.0),
        logit_scale=_root(lambda sharpness: _slope(scores, owners, sharpness, weights)),
        min_top_score_gap=_threshold_missed_by_few(scores, whole)
        if len(images) >= FEWEST
        else None,
        caption_support=None if texts is None else _familiarity(scores, texts.near(captions)),
    )


def _threshold_missed_by_few(scores: NDArray[np.float64], whole: PopulationSample | None) -> float:
    stand = [top_score_gap(row.astype(np.float32), whole) for row in scores]
    return float(np.quantile(stand, MISSED))


def _familiarity(scores: NDArray[np.float64], near: NDArray[np.float64]) -> CaptionSupport:
    best = scores.max(axis=1)
    usual = CaptionSupport(
        (float(near.mean()), float(near.std())), (float(best.mean()), float(best.std()))
    )
    support = [usual.support(*each) for each in zip(best.tolist(), near.tolist(), strict=True)]
    return replace(usual, limit=float(np.quantile(support, MISSED)))


def _slope(
    scores: NDArray[np.float64],
    owners: Places,
    sharpness: float,
    weights: NDArray[np.float64] | None,
) -> float:
    """How the mean log probability of the captions' own images changes with the sharpness.

    That is concave: its slope, the own cosine less the one expected, only falls.
    """
    own = scores[np.arange(len(scores)), owners]
    raised = np.exp(sharpness * (scores - scores.max(axis=1, keepdims=True)))
    if weights is not None:
        raised *= weights
    expected = (raised * scores).sum(axis=1) / raised.sum(axis=1)
    return float((own - expected).mean())


def _root(falling: Callable[[float], float]) -> float:
    """Where a falling function crosses 0, by halving an interval of its argument's logarithm."""
    low, high = -np.log(_FARTHEST), np.log(_FARTHEST)
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if falling(float(np.exp(middle))) > 0 else (low, middle)
    return float(np.exp((low + high) / 2))


MOST = 2_000
"""Maximum number of texts in a bank; a random subset if there are more."""
FITTED = 0.25
"""Share of captions, by whole images, that is excluded from the bank for fitting."""
LEAST = 0.5
"""Minimum gap in standard deviations between captions' own images and others."""


@dataclass(frozen=True, slots=True)
class HubnessMeasurement:
    """Result of ``measure_hubness``; ``bank`` are the positions of the texts of the biases."""

    biases: Scores
    bank: Places
    meaning: Calibration | None


def measure_hubness(
    table: EmbeddingMatrix, encoder: str, texts: Vectors, owners: Places
) -> HubnessMeasurement:
    """Measure the hubness of each image, and what the corrected scores mean.

    Args:
        table: all images; or the images of the texts, the nearest of the texts, and a sample.
        encoder: name of the encoder.
        texts: float32 ``(m, dim)``: captions, queries, or everyday texts.
        owners: int64 ``(m,)``, position of the image of each text, -1 for none.

    Raises:
        InputError: there are fewer than ``ENOUGH`` texts, or captions that do not match their
            images, for example in a language that the encoder cannot read.
    """
    if len(texts) < ENOUGH:
        raise InputError(
            f"A bank needs {ENOUGH} texts or more, and here are {len(texts)}. Captions come with: "
            f"firs index DIR --captions FILE"
        )
    _require_understood(table, texts, owners)
    kept, bank = _split(owners)
    off = biases(table.vectors, texts[bank], owners[bank])
    if not len(kept):
        return HubnessMeasurement(off, bank, None)
    known = KnownTexts(texts[bank])
    meaning = fit_calibration(
        table.vectors,
        texts[kept],
        owners[kept],
        default_calibration(encoder),
        off,
        known,
        table.population,
    )
    return HubnessMeasurement(off, bank, meaning)


def update_hubness(
    table: EmbeddingMatrix,
    texts: Vectors,
    owners: Places,
    known: tuple[EmbeddingMatrix, Scores] | None = None,
) -> Scores:
    """Return the biases from the same bank after images have changed: float32 ``(n,)``.

    Args:
        table: all images.
        texts: float32 ``(m, dim)``, the bank.
        owners: int64 ``(m,)``, position of the image of each text, -1 for none.
        known: the previous images and biases; unchanged images are not computed again.
    """
    off = np.zeros(len(table), dtype=np.float32)
    new = np.ones(len(table), dtype=bool)
    if known is not None:
        before, biases_before = known
        at = places_of(table.ids, before)
        new = (at < 0) | np.any(before.vectors[at] != table.vectors, axis=1)
        off[~new] = biases_before[at[~new]]
    places = np.where(new, np.cumsum(new) - 1, -1)
    off[new] = biases(table.vectors[new], texts, np.where(owners < 0, -1, places[owners]))
    return off


def places_of(ids: Ids, table: EmbeddingMatrix) -> Places:
    """Return the positions of images in an embedding matrix: int64, -1 for missing images."""
    places = np.full(len(ids), -1, dtype=np.int64)
    there = np.isin(ids, table.ids)
    places[there] = table.positions(ids[there])
    return places


def _split(owners: Places) -> tuple[Places, Places]:
    """Split the captions by image into a part to fit on, if large enough, and the rest."""
    telling = np.flatnonzero(owners >= 0)
    images, nth = np.unique(owners[telling], return_inverse=True)
    turns = np.random.default_rng(0).permutation(len(images))[nth]
    count = int(FITTED * len(telling))
    if count < ENOUGH:
        return telling[:0], np.arange(len(owners))
    kept = telling[turns <= np.sort(turns)[count - 1]]
    kept = kept if 2 * len(kept) <= len(telling) else telling[:0]
    return kept, np.setdiff1d(np.arange(len(owners)), kept)


def _require_understood(table: EmbeddingMatrix, captions: Vectors, owners: Places) -> None:
    """Check that captions are nearer to their own images than to others."""
    telling = np.flatnonzero(owners >= 0)
    if not len(telling):
        return
    scores = table.scores(captions[telling])
    own = scores[owners[telling], np.arange(len(telling))]
    seen = population_scores(scores.T, table.population).T
    ahead = float(((own - seen.mean(axis=0)) / np.maximum(seen.std(axis=0), 1e-9)).mean())
    if ahead < LEAST:
        raise InputError(
            "The captions do not match their images with this encoder; are they in another "
            "language? Use an encoder that reads it: firs encoders"
        )
