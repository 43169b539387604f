"""Reciprocal rank fusion.

Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank
learning methods", SIGIR 2009:

    points(d) = Σ_l w_l / (k + rank_l(d)),  k = 60

A list that does not hold an item gives it nothing.
"""

from dataclasses import dataclass

import numpy as np

from firs.errors import InputError
from firs.fusion.ballots import Ballots
from firs.fusion.base import Points


@dataclass(frozen=True, slots=True)
class ReciprocalRank:
    """The larger ``k``, the less a first place counts against many middling ones.

    Raises:
        InputError: ``k`` is negative or not finite.
    """

    k: float = 60.0
    name: str = "rrf"

    def __post_init__(self) -> None:
        if not 0 <= self.k < np.inf:
            raise InputError(f"Reciprocal rank fusion needs a k of 0 or more, not {self.k}.")

    def points(self, ballots: Ballots) -> Points:
        """The weighted reciprocal ranks of all lists, float64 ``(items,)``."""
        votes = 1 / (self.k + np.maximum(ballots.ranks, 1))
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))
