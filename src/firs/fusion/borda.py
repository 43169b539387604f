"""Borda's count.

Borda, "Mémoire sur les élections au scrutin", 1781; for search engines, with weights and missing
items, Aslam and Montague, "Models for metasearch", SIGIR 2001:

    points(d) = Σ_l w_l · (n + 1 − rank_l(d)),  n = how many items there are in all

The items that a list does not hold share what is left of its points in equal parts: with m held,
each gets (n − m + 1)/2.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points


@dataclass(frozen=True, slots=True)
class Borda:
    """A point for every item that stands behind."""

    name: str = "borda"

    def points(self, ballots: Ballots) -> Points:
        """The weighted counts of all lists, float64 ``(items,)``."""
        count = len(ballots.ids)
        left = (count - ballots.lengths[:, np.newaxis] + 1) / 2
        votes = np.where(ballots.present, count + 1.0 - ballots.ranks, left)
        return ballots.sum_weighted(votes)
