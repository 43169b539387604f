"""Fit the meaning of scores to captions and their images."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firs.calibration.calibration import FEWEST, Calibration, CaptionSupport, top_score_gap
from firs.calibration.known_texts import KnownTexts
from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Scores
from firs.search.product import product
from firs.search.whole import PopulationSample, population_scores

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
            about queries of a word or two, whose cosines are lower.
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
