"""CombSUM: the sum of the normalised scores.

Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, over normalised scores s:

    points(d) = Σ_l w_l · s_l(d)

A missing item scores the ranking's floor (see ``firs.fusion.normalisation``).
"""

from dataclasses import dataclass
from functools import partial

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.normalisation import Normalisation, normalise


@dataclass(frozen=True, slots=True)
class CombSum:
    """The weighted sum of normalised scores."""

    normalisation: Normalisation = "min-max"
    name: str = "combsum"

    def points(self, ballots: Ballots) -> Points:
        """The weighted sum over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.normalisation)
        return ballots.sum_weighted(scores)


by_z_score = partial(CombSum, "z-score", "combsum-z-score")
by_rank = partial(CombSum, "rank", "combsum-rank")
