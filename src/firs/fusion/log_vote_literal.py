"""The logarithmic vote of the QT-FIRS paper, literally: it penalises items that are ranked.

    points(d) = Σ_l w_l · vote(rank_l(d)),  vote(1) = 2,  vote(r) = ln(1/r)

From the second place on a vote is negative, so items in more rankings score worse; a missing item
scores 0, which is better than every place but the first. Included for comparison with the paper;
use ``log_vote`` to search.
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
