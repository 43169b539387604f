"""Borda count.

Borda, "Mémoire sur les élections au scrutin", 1781; for search engines, with weights and missing
items, Aslam and Montague, "Models for metasearch", SIGIR 2001:

    points(d) = Σ_l w_l · (n + 1 − rank_l(d)),  n = total number of items

The items missing from a ranking of m items share its remaining points: (n − m + 1)/2 each.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points


@dataclass(frozen=True, slots=True)
class Borda:
    """One point for every item ranked lower."""

    name: str = "borda"

    def points(self, ballots: Ballots) -> Points:
        """The weighted counts of all lists, float64 ``(items,)``."""
        count = len(ballots.ids)
        left = (count - ballots.lengths[:, np.newaxis] + 1) / 2
        votes = np.where(ballots.present, count + 1.0 - ballots.ranks, left)
        return ballots.sum_weighted(votes)
