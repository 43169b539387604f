"""What some images tell of all: where a collection lies elsewhere, all of it is never at hand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""int64, positions counted from 0 in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class PopulationSample:
    """All images of a collection, of which a table holds some.

    Args:
        count: how many images there are in all.
        sample: images drawn of all by chance, which stand for them where means and spreads are
            told.
        only: those of the sample that the table would not hold otherwise.
    """

    count: int
    sample: Places
    only: Places

    def weights(self, here: int) -> NDArray[np.float64]:
        """How many of all images each in the table stands for, where it holds ``here``.

        What it does not hold is taken to be as those are that only the sample brought.
        """
        weights = np.ones(here, dtype=np.float64)
        if len(self.only):
            weights[self.only] += max(0, self.count - here) / len(self.only)
        return weights


def population_scores(
    scores: NDArray[np.float32], whole: PopulationSample | None
) -> NDArray[np.float32]:
    """The scores ``(..., n)`` by which the mean and the spread of all images' are told."""
    return scores if whole is None else scores[..., whole.sample]
