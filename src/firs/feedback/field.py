"""The embeddings of all images relative to their mean, as feedback methods compare them.

What all images have in common does not distinguish the target (see ``firs.search.centres``). So
images are compared by their directions from the mean image, and similarity is measured in units of
its standard deviation over pairs of images: marks then have the same weight with every encoder.
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.search import EmbeddingMatrix
from firs.search.centres import directions_from
from firs.search.whole import PopulationSample, population_scores

Places = NDArray[np.int64]
"""int64, positions counted from 0 in the table."""

Scores = NDArray[np.float32]
"""float32 ``(n,)``, of all images of the table, higher is better."""

_NOTHING = 1e-6


class CentredEmbeddings:
    """The images of a table, compared with each other."""

    def __init__(self, table: EmbeddingMatrix) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table)

    def rows(self, places: Places) -> Vectors:
        """The vectors of some images: float32 ``(m, dim)``."""
        return self.table.rows(self.table.ids[places])

    def directions(self, places: Places) -> Vectors:
        """Return unit vectors from the mean image to images: float32 ``(m, dim)``."""
        return directions_from(self.table.image_mean, self.rows(places))

    def likeness(self, directions: Vectors) -> NDArray[np.float32]:
        """How like some directions ``(m, dim)`` every image is.

        Returns:
            float32 ``(n, m)``: cosines of centred vectors, in units of their spread.
        """
        like = self.table.scores(directions)
        like -= directions @ self.table.image_mean
        like /= (self.table.distances_to_mean * np.float32(self.spread))[:, np.newaxis]
        return like

    @property
    def spread(self) -> float:
        """Standard deviation of the centred cosine of two images."""
        return self.table.similarity_spread

    def standardise(self, scores: Scores) -> Scores:
        """Scores of these images, brought to mean 0 and standard deviation 1 over all images."""
        return standardise(scores, self.table.population)


def standardise(scores: Scores, whole: PopulationSample | None = None) -> Scores:
    """Return scores with mean 0 and standard deviation 1; infinite ones are unchanged."""
    told = population_scores(scores, whole)
    known = told[np.isfinite(told)]
    spread = float(np.std(known)) if len(known) else 0.0
    if spread < _NOTHING:
        return np.where(np.isfinite(scores), np.float32(0), scores)
    return np.asarray((scores - known.mean()) / np.float32(spread), dtype=np.float32)
