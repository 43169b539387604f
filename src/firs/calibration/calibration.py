"""What the scores of one encoder mean: the probability of each image, and when nothing matches.

    p_i = exp(s · c_i) / Σ_j exp(s · c_j)

c are the cosines of a text to all images and s is the logit scale: the one the encoder was trained
with, or the one that fits captions best (temperature scaling: Guo et al., "On calibration of modern
neural networks", ICML 2017). The sum is over all images, so the same cosine means less among more
images, and a near-duplicate halves the probability of each.
"""

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.index.base import EntryVectors, Scores
from firs.search.matrix import PopulationSample, population_scores

Probabilities = NDArray[np.float64]
"""float64 ``(n,)``, of all images, which sum to 1."""

BEST = 10
FEWEST = 100
"""Minimum number of images to judge whether the best of them match."""
SHARE = 0.9
BEST_COUNTS = 0.25
"""Weight of the best image relative to the texts of the collection."""

_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class CaptionSupport:
    """How near texts of images that are here come to other texts, and to their best image.

    Args:
        near: mean and standard deviation of how near they come to texts of other images.
        best: mean and standard deviation of the score of the best image.
        limit: what few of them fall below: spreads above the mean, with ``BEST_COUNTS``.
    """

    near: tuple[float, float]
    best: tuple[float, float]
    limit: float = 0.0

    def support(self, best: float, familiar: float) -> float:
        """Return how far the evidence is above the limit, in standard deviations."""
        near, score = _spreads(familiar, self.near), _spreads(best, self.best)
        return near + BEST_COUNTS * score - self.limit


def _spreads(value: float, usual: tuple[float, float]) -> float:
    mean, spread = usual
    return (value - mean) / max(spread, _NOTHING)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Meaning of the scores of one text query.

    Args:
        logit_scale: s above: an image is e times more likely for 1 / s more cosine.
        min_top_score_gap: minimum ``top_score_gap`` of a match, in standard deviations; None if not
            known.
        nearest: cosine that the best image reaches for anything that pictures can show.
        caption_support: similarity of matching texts to the collection's captions, if measured; it
            is more reliable than the top score gap.
    """

    logit_scale: float
    min_top_score_gap: float | None = None
    nearest: float = -1.0
    caption_support: CaptionSupport | None = None

    def probabilities(self, scores: Scores, whole: PopulationSample | None = None) -> Probabilities:
        """Return the probability of each image to be the target, if the collection contains it.

        Args:
            scores: float32 ``(n,)``, the cosines of all images.
            whole: what the images represent, if they are a sample.
        """
        return _softmax(self.logit_scale * scores.astype(np.float64), whole)

    def support(
        self, scores: Scores, familiar: float | None = None, whole: PopulationSample | None = None
    ) -> float | None:
        """Return the evidence for a match in standard deviations; below 0, nothing matches well.

        If only ``nearest`` is known, it is the logarithm of how much more likely the best image is
        than one at that cosine. None if neither is known, or of fewer than ``FEWEST`` images.

        Args:
            scores: float32 ``(n,)``, of all images.
            familiar: similarity of the text to the bank of texts (see ``Hubness``).
            whole: what the images represent, if they are a sample.
        """
        if self.caption_support is not None and familiar is not None and len(scores) >= FEWEST:
            return self.caption_support.support(float(scores.max()), familiar)
        if len(scores) < FEWEST or (self.min_top_score_gap is None and self.nearest <= -1):
            return None
        if self.min_top_score_gap is None:
            return self.logit_scale * (float(scores.max()) - self.nearest)
        spread = max(float(np.std(population_scores(scores, whole))), _NOTHING)
        near = (float(scores.max()) - self.nearest) / spread
        return min(top_score_gap(scores, whole) - self.min_top_score_gap, near)

    def is_weak(
        self, scores: Scores, familiar: float | None = None, whole: PopulationSample | None = None
    ) -> bool | None:
        """Return True if nothing matches well; None if this cannot be judged."""
        support = self.support(scores, familiar, whole)
        return None if support is None else support < 0


def credible_set_size(chances: Probabilities, share: float = SHARE) -> int:
    """Return how many of the best results contain the target with probability ``share``."""
    sums = np.cumsum(np.sort(chances)[::-1])
    return min(int(np.count_nonzero(sums < share)) + 1, len(chances))


def top_score_gap(scores: Scores, whole: PopulationSample | None = None) -> float:
    """Return the gap between the best ten scores and the mean, beyond what chance explains.

    In standard deviations: (mean of the best ten - mean of all) / standard deviation, minus its
    expectation for as many draws from a normal distribution. So it hardly depends on the number of
    images.
    """
    values = scores.astype(np.float64)
    best = np.partition(values, -BEST)[-BEST:].mean()
    population = population_scores(scores, whole).astype(np.float64)
    spread = max(float(population.std()), _NOTHING)
    count = len(values) if whole is None else whole.count
    return float((best - population.mean()) / spread) - _by_chance(BEST / count)


def _by_chance(share: float) -> float:
    """The mean of the upper ``share`` of a standard normal distribution."""
    if share >= 1:
        return 0.0
    normal = NormalDist()
    return normal.pdf(normal.inv_cdf(1 - share)) / share


def _softmax(logits: Probabilities, whole: PopulationSample | None) -> Probabilities:
    raised = np.exp(logits - logits.max())
    total = raised.sum() if whole is None else raised @ whole.weights(len(raised))
    shares: Probabilities = raised / total
    return shares


SHRINKAGE = 0.003
"""λ above, chosen on captions."""

_SMALLEST_RIDGE = 1e-12


class KnownTexts:
    """Texts that describe the images of a collection.

    Args:
        vectors: float16 or float32 ``(m, dim)``, with m of 1 or more.
    """

    def __init__(self, vectors: EntryVectors) -> None:
        self._vectors = vectors

    def near(self, texts: Vectors) -> NDArray[np.float64]:
        """How near texts ``(t, dim)`` come to these: less their distance, float64 ``(t,)``."""
        middle, inverse = self._shape
        away = texts - middle
        squares = ((away @ inverse) * away).sum(axis=1)
        near: NDArray[np.float64] = -np.sqrt(np.maximum(squares, 0))
        return near

    @cached_property
    def _shape(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """m, and the inverse above."""
        vectors = self._vectors.astype(np.float64)
        middle = vectors.mean(axis=0)
        away = vectors - middle
        covariance = away.T @ away / len(away)
        ridge = max(SHRINKAGE * float(covariance.diagonal().mean()), _SMALLEST_RIDGE)
        return middle, np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
