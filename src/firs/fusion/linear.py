"""Weighted linear fusion: the scores as they are, times the lists' weights.

Vogt and Cottrell, "Fusion via a linear combination of scores", Information Retrieval 1, 1999:

    points(d) = Σ_l w_l · s_l(d)

For lists whose scores share one scale, such as cosines of one encoder between texts and images.
A list that does not hold an item could not have scored it above its last, and gives it that score.
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
