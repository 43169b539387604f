"""CombSUM: the sum of the normalised scores.

Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, over normalised scores s:

    points(d) = Σ_l w_l · s_l(d)

A missing item scores the ranking's floor (see ``firs.fusion.ballots``).
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firs.fusion.ballots import MIN_MAX, Ballots, check_norm, lowest, normalise
from firs.fusion.base import Points
from firs.registry import describe


@dataclass(frozen=True, slots=True)
class _Normalised:
    """Base of the methods of normalised scores.

    Args:
        norm: the normalisation: ``min-max``, ``z-score`` or ``rank``.

    Raises:
        InputError: there is no such normalisation.
    """

    norm: str = MIN_MAX
    method: ClassVar[str]

    def __post_init__(self) -> None:
        check_norm(self.norm)

    @property
    def name(self) -> str:
        return describe(self.method, self)


@dataclass(frozen=True, slots=True)
class CombSum(_Normalised):
    """The weighted sum of normalised scores."""

    method: ClassVar[str] = "combsum"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.norm)
        return ballots.sum_weighted(scores)


@dataclass(frozen=True, slots=True)
class CombMax(_Normalised):
    """The largest weighted normalised score."""

    method: ClassVar[str] = "combmax"

    def points(self, ballots: Ballots) -> Points:
        """The largest over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.norm)
        weighted = np.abs(ballots.weights)[:, np.newaxis] * scores
        signs = np.where(ballots.lengths > 0, np.sign(ballots.weights), 0)  # empty lists are silent
        return _best(weighted[signs > 0]) - _best(weighted[signs < 0])


def _best(scores: NDArray[np.float64]) -> Points:
    return scores.max(axis=0) if len(scores) else np.zeros(scores.shape[1])


@dataclass(frozen=True, slots=True)
class CombMnz(_Normalised):
    """The weighted sum of normalised scores, times the number of lists that hold the item."""

    method: ClassVar[str] = "combmnz"

    def points(self, ballots: Ballots) -> Points:
        """Return the sum over all rankings times their number, float64 ``(items,)``.

        Rankings of weight 0 or less are not counted, but their scores are subtracted.
        """
        scores, floor = normalise(ballots, self.norm)
        counted = ballots.present & (ballots.weights > 0)[:, np.newaxis]
        times: Points = np.maximum(counted.sum(axis=0), 1.0)
        return ballots.sum_weighted(scores - floor) * times


@dataclass(frozen=True, slots=True)
class Linear:
    """The weighted sum of raw scores."""

    name: ClassVar[str] = "linear"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        return ballots.sum_weighted(np.where(ballots.present, ballots.scores, lowest(ballots)))
