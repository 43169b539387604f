"""CombMNZ: the sum of the normalised scores, times the number of rankings that contain the item.

Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, over normalised scores s:

    points(d) = |{l : d in l}| · Σ_l w_l · (s_l(d) − floor_l)

The floor (see ``firs.fusion.normalisation``) is 0 for ``min-max`` and ``rank``, which gives the
published formula. A z-score can be negative, and more rankings would then make it worse; relative
to the floor it is not.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.normalisation import Normalisation, normalise


@dataclass(frozen=True, slots=True)
class CombMnz:
    """The weighted sum of normalised scores, times the number of lists that hold the item."""

    normalisation: Normalisation = "min-max"
    name: str = "combmnz"

    def points(self, ballots: Ballots) -> Points:
        """Return the sum over all rankings times their number, float64 ``(items,)``.

        Rankings of weight 0 or less are not counted, but their scores are subtracted.
        """
        scores, floor = normalise(ballots, self.normalisation)
        counted = ballots.present & (ballots.weights > 0)[:, np.newaxis]
        times: Points = np.maximum(counted.sum(axis=0), 1.0)
        return ballots.sum_weighted(scores - floor) * times


by_z_score = partial(CombMnz, "z-score", "combmnz-z-score")
by_rank = partial(CombMnz, "rank", "combmnz-rank")
