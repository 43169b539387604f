"""The logarithmic vote of the QT-FIRS paper as intended: positive and decreasing.

The paper gives the top item 2.0 and the item at index i (from 0) log(1/(i+1)). Taken literally this
is negative from index 1 on (see ``log_vote_literal``). Read as 1/log₂(i+1) it is 2.0, 1.0, 0.63,
0.5, …: the discount of Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques",
TOIS 20, 2002, with a first place worth two second places.

    points(d) = Σ_l w_l · vote(rank_l(d)),  vote(1) = 2,  vote(r) = 1/log₂(r)

A missing item scores 0.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points

TOP = 2.0


@dataclass(frozen=True, slots=True)
class LogVote:
    """A vote of 2.0 for the first, 1/log₂(rank) for the others.

    >>> ranks = np.array([[1, 2, 3, 4]])
    >>> LogVote().points(Ballots(np.arange(4), ranks, np.zeros((1, 4)), np.ones(1))).round(2)
    array([2.  , 1.  , 0.63, 0.5 ])
    """

    name: str = "log_vote"

    def points(self, ballots: Ballots) -> Points:
        """The weighted votes of all lists, float64 ``(items,)``."""
        falling = 1 / np.log2(np.maximum(ballots.ranks, 2))
        votes = np.where(ballots.ranks == 1, TOP, falling)
        return ballots.sum_weighted(np.where(ballots.present, votes, 0.0))
