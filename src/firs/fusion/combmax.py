"""CombMAX: the maximum of the normalised scores.

Fox and Shaw, "Combination of multiple searches", TREC-2, 1994, over normalised scores s:

    points(d) = max over lists l with w_l > 0 of w_l · s_l(d)

The same maximum over the rankings of negative weight is subtracted. A missing item scores the
ranking's floor (see ``firs.fusion.normalisation``).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.normalisation import Normalisation, normalise


@dataclass(frozen=True, slots=True)
class CombMax:
    """The largest weighted normalised score."""

    normalisation: Normalisation = "min-max"
    name: str = "combmax"

    def points(self, ballots: Ballots) -> Points:
        """The largest over all lists, float64 ``(items,)``."""
        scores, _ = normalise(ballots, self.normalisation)
        weighted = np.abs(ballots.weights)[:, np.newaxis] * scores
        signs = np.where(ballots.lengths > 0, np.sign(ballots.weights), 0)  # empty lists are silent
        return _best(weighted[signs > 0]) - _best(weighted[signs < 0])


def _best(scores: NDArray[np.float64]) -> Points:
    return scores.max(axis=0) if len(scores) else np.zeros(scores.shape[1])


by_z_score = partial(CombMax, "z-score", "combmax-z-score")
by_rank = partial(CombMax, "rank", "combmax-rank")
