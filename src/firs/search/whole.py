"""What some images tell of all: where a collection lies elsewhere, all of it is never at hand."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""int64, positions counted from 0 in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
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

    def total(self, values: NDArray[np.float64]) -> float:
        """The sum over all images of what is known ``(n,)`` of those in the table.

        What the table does not hold is taken to be as those are that only the sample brought.
        """
        rest = max(0, self.count - len(values))
        mean = float(values[self.only].mean()) if len(self.only) else 0.0
        return float(values.sum()) + rest * mean


def of_all(scores: NDArray[np.float32], whole: Whole | None) -> NDArray[np.float32]:
    """The scores ``(..., n)`` by which the mean and the spread of all images' are told."""
    return scores if whole is None else scores[..., whole.sample]
