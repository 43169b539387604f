"""Statistics of a whole collection from a sample, when not all embeddings are in memory."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
"""int64, positions counted from 0 in a table."""


@dataclass(frozen=True, slots=True, eq=False)
class PopulationSample:
    """All images of a collection, represented by a random sample.

    Args:
        count: total number of images.
        sample: row numbers of the sampled images, used for means and standard deviations.
        only: row numbers of sampled images that are in the matrix for no other reason.
    """

    count: int
    sample: Places
    only: Places

    def weights(self, here: int) -> NDArray[np.float64]:
        """Return how many images of the collection each row of the matrix represents.

        Images outside the matrix are represented by the rows that are there only as a sample.
        """
        weights = np.ones(here, dtype=np.float64)
        if len(self.only):
            weights[self.only] += max(0, self.count - here) / len(self.only)
        return weights


def population_scores(
    scores: NDArray[np.float32], whole: PopulationSample | None
) -> NDArray[np.float32]:
    """Return the scores ``(..., n)`` from which means and standard deviations are computed."""
    return scores if whole is None else scores[..., whole.sample]
