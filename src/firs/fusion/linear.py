"""Weighted linear fusion: the unnormalised scores times the weights.

Vogt and Cottrell, "Fusion via a linear combination of scores", Information Retrieval 1, 1999:

    points(d) = Σ_l w_l · s_l(d)

For rankings with scores on one scale, such as cosines of one encoder. A missing item scores as much
as the last item of the ranking.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.normalisation import lowest


@dataclass(frozen=True, slots=True)
class Linear:
    """The weighted sum of raw scores."""

    name: str = "linear"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        return ballots.sum_weighted(np.where(ballots.present, ballots.scores, lowest(ballots)))
