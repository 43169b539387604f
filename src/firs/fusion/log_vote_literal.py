"""The logarithmic vote of QT-FIRS's paper to the letter: it punishes whoever stands in a list.

    points(d) = Σ_l w_l · vote(rank_l(d)),  vote(1) = 2,  vote(r) = ln(1/r)

From the second place on a vote is negative, and the longer the lists an item stands in, the worse
for it; a list that does not hold an item gives it 0, which beats every place but the first. Here
for comparison with what was published; to search with, take ``log_vote``.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.log_vote import TOP


@dataclass(frozen=True, slots=True)
class LogVoteLiteral:
    """A vote of 2.0 for the first, −ln(rank) for the others, 0 for the missing."""

    name: str = "log_vote_literal"

    def points(self, ballots: Ballots) -> Points:
        """The weighted votes of all lists, float64 ``(items,)``."""
        falling = -np.log(np.maximum(ballots.ranks, 1))
        votes = np.where(ballots.ranks == 1, TOP, falling)
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))
