"""Borda count.

Borda, "Mémoire sur les élections au scrutin", 1781; for search engines, with weights and missing
items, Aslam and Montague, "Models for metasearch", SIGIR 2001:

    points(d) = Σ_l w_l · (n + 1 − rank_l(d)),  n = total number of items

The items missing from a ranking of m items share its remaining points: (n − m + 1)/2 each.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firs.errors import InputError
from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.registry import describe


@dataclass(frozen=True, slots=True)
class Borda:
    """One point for every item ranked lower."""

    name: ClassVar[str] = "borda"

    def points(self, ballots: Ballots) -> Points:
        """The weighted counts of all lists, float64 ``(items,)``."""
        count = len(ballots.ids)
        left = (count - ballots.lengths[:, np.newaxis] + 1) / 2
        votes = np.where(ballots.present, count + 1.0 - ballots.ranks, left)
        return ballots.sum_weighted(votes)


@dataclass(frozen=True, slots=True)
class ReciprocalRank:
    """The larger ``k``, the less a first place counts against many middling ones.

    Raises:
        InputError: ``k`` is negative or not finite.
    """

    k: float = 60.0

    def __post_init__(self) -> None:
        if not 0 <= self.k < np.inf:
            raise InputError(f"Reciprocal rank fusion needs a k of 0 or more, not {self.k}.")

    @property
    def name(self) -> str:
        return describe("rrf", self)

    def points(self, ballots: Ballots) -> Points:
        """The weighted reciprocal ranks of all lists, float64 ``(items,)``."""
        votes = 1 / (self.k + np.maximum(ballots.ranks, 1))
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))


TOP = 2.0


@dataclass(frozen=True, slots=True)
class LogVote:
    """A vote of 2.0 for the first, 1/log₂(rank) for the others.

    >>> ranks = np.array([[1, 2, 3, 4]])
    >>> LogVote().points(Ballots(np.arange(4), ranks, np.zeros((1, 4)), np.ones(1))).round(2)
    array([2.  , 1.  , 0.63, 0.5 ])
    """

    name: ClassVar[str] = "log_vote"

    def points(self, ballots: Ballots) -> Points:
        """The weighted votes of all lists, float64 ``(items,)``."""
        falling = 1 / np.log2(np.maximum(ballots.ranks, 2))
        votes = np.where(ballots.ranks == 1, TOP, falling)
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))


@dataclass(frozen=True, slots=True)
class LogVoteLiteral:
    """A vote of 2.0 for the first, −ln(rank) for the others, 0 for the missing."""

    name: ClassVar[str] = "log_vote_literal"

    def points(self, ballots: Ballots) -> Points:
        """The weighted votes of all lists, float64 ``(items,)``."""
        falling = -np.log(np.maximum(ballots.ranks, 1))
        votes = np.where(ballots.ranks == 1, TOP, falling)
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))
