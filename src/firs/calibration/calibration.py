"""What one encoder's scores mean: how likely an image is the one meant, and when none stands out.

    p_i = exp(s · c_i) / Σ_j exp(s · c_j)

c are the cosines of a text to all images, and s is how sharply they tell: what an encoder is
trained with, or what fits captions best (temperature scaling: Guo et al., "On calibration of
modern neural networks", ICML 2017). The sum goes over all images, so the same cosine means less
among more images, and a near-duplicate halves the chance of each.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Scores
from firs.search.whole import PopulationSample, population_scores

Probabilities = NDArray[np.float64]
"""float64 ``(n,)``, of all images, which sum to 1."""

BEST = 10
FEWEST = 100
"""Images from which on it can be told whether the best of them stand out."""
SHARE = 0.9
BEST_COUNTS = 0.25
"""How much the best image counts beside the texts of the collection."""

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
        """How far above the limit a text stands, in spreads."""
        near, score = _spreads(familiar, self.near), _spreads(best, self.best)
        return near + BEST_COUNTS * score - self.limit


def _spreads(value: float, usual: tuple[float, float]) -> float:
    mean, spread = usual
    return (value - mean) / max(spread, _NOTHING)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the scores of one text say.

    Args:
        sharpness: s above; how many times more likely an image is for 1 / s more cosine: e.
        standing_out: how far the best must stand above chance (see ``standing_out``), in
            spreads; None where it is not known.
        nearest: a cosine that the best image reaches for all that pictures can show.
        familiarity: how near texts of images that are here come to other texts of this
            collection, where that is known; it tells more than how far the best stands out.
    """

    logit_scale: float
    min_top_score_gap: float | None = None
    nearest: float = -1.0
    caption_support: CaptionSupport | None = None

    def probabilities(self, scores: Scores, whole: PopulationSample | None = None) -> Probabilities:
        """How likely each image is the one that was meant, if one of them was.

        Args:
            scores: float32 ``(n,)``, the cosines of all images.
            whole: what they tell of all, where they are of some.
        """
        return _softmax(self.logit_scale * scores.astype(np.float64), whole)

    def support(
        self, scores: Scores, familiar: float | None = None, whole: PopulationSample | None = None
    ) -> float | None:
        """How much speaks for a match, in spreads; below 0, nothing matches well.

        None where that is not known, or there are fewer than ``FEWEST`` images.

        Args:
            scores: float32 ``(n,)``, of all images.
            familiar: how near the text comes to those of the collection (see ``Hubness``).
            whole: what the scores tell of all, where they are of some.
        """
        if self.caption_support is not None and familiar is not None and len(scores) >= FEWEST:
            return self.caption_support.support(float(scores.max()), familiar)
        if self.min_top_score_gap is None or len(scores) < FEWEST:
            return None
        spread = max(float(np.std(population_scores(scores, whole))), _NOTHING)
        near = (float(scores.max()) - self.nearest) / spread
        return min(top_score_gap(scores, whole) - self.min_top_score_gap, near)

    def is_weak(
        self, scores: Scores, familiar: float | None = None, whole: PopulationSample | None = None
    ) -> bool | None:
        """Whether nothing matches well; None where it cannot be told."""
        support = self.support(scores, familiar, whole)
        return None if support is None else support < 0


def credible_set_size(chances: Probabilities, share: float = SHARE) -> int:
    """How many of the first results hold the image that was meant with a probability ``share``."""
    sums = np.cumsum(np.sort(chances)[::-1])
    return min(int(np.count_nonzero(sums < share)) + 1, len(chances))


def top_score_gap(scores: Scores, whole: PopulationSample | None = None) -> float:
    """How far the best ten stand above the rest, beyond what the best of so many do by chance.

    In spreads: (mean of the best ten - mean of all) / standard deviation, less what that is for
    as many draws from a normal distribution. So it hardly depends on how many images there are.
    """
    values = scores.astype(np.float64)
    best = np.partition(values, -BEST)[-BEST:].mean()
    told = population_scores(scores, whole).astype(np.float64)
    spread = max(float(told.std()), _NOTHING)
    count = len(values) if whole is None else whole.count
    return float((best - told.mean()) / spread) - _by_chance(BEST / count)


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
