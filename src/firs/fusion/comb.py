"""CombSUM: the sum of the normalised scores.

Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, over normalised scores s:

    points(d) = Σ_l w_l · s_l(d)

A missing item scores the ranking's floor (see ``firs.fusion.ballots``).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firs.fusion.ballots import Ballots, Normalisation, lowest, normalise
from firs.fusion.base import Points


@dataclass(frozen=True, slots=True)
class CombSum:
    """The weighted sum of normalised scores."""

    normalisation: Normalisation = "min-max"
    name: str = "combsum"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.normalisation)
        return ballots.sum_weighted(scores)


combsum_by_z_score = partial(CombSum, "z-score", "combsum-z-score")
combsum_by_rank = partial(CombSum, "rank", "combsum-rank")


@dataclass(frozen=True, slots=True)
class CombMax:
    """The largest weighted normalised score."""

    normalisation: Normalisation = "min-max"
    name: str = "combmax"

    def points(self, ballots: Ballots) -> Points:
        """The largest over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.normalisation)
        weighted = np.abs(ballots.weights)[:, np.newaxis] * scores
        signs = np.where(ballots.lengths > 0, np.sign(ballots.weights), 0)  # empty lists are silent
        return _best(weighted[signs > 0]) - _best(weighted[signs < 0])


def _best(scores: NDArray[np.float64]) -> Points:
    return scores.max(axis=0) if len(scores) else np.zeros(scores.shape[1])


combmax_by_z_score = partial(CombMax, "z-score", "combmax-z-score")
combmax_by_rank = partial(CombMax, "rank", "combmax-rank")


@dataclass(frozen=True, slots=True)
class CombMnz:
    """The weighted sum of normalised scores, times the number of lists that hold the item."""

    normalisation: Normalisation = "min-max"
    name: str = "combmnz"

    def points(self, ballots: Ballots) -> Points:
        """Return the sum over all rankings times their number, float64 ``(items,)``.

        Rankings of weight 0 or less are not counted, but their scores are subtracted.
        """
        scores, floor = normalise(ballots, self.normalisation)
        counted = ballots.present & (ballots.weights > 0)[:, np.newaxis]
        times: Points = np.maximum(counted.sum(axis=0), 1.0)
        return ballots.sum_weighted(scores - floor) * times


combmnz_by_z_score = partial(CombMnz, "z-score", "combmnz-z-score")
combmnz_by_rank = partial(CombMnz, "rank", "combmnz-rank")


@dataclass(frozen=True, slots=True)
class Linear:
    """The weighted sum of raw scores."""

    name: str = "linear"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        return ballots.sum_weighted(np.where(ballots.present, ballots.scores, lowest(ballots)))
