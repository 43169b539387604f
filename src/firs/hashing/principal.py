"""Principal axes: 4 bits on each of the axes of greatest variance.

Images vary along some axes far more than along others (see ``firs.index.pca``). A quarter of the
axes with 4 bits each is one bit per dimension, and better than one bit on every axis. The 16 levels
of an axis minimise the squared error: each is the mean of the values nearest to it (Lloyd, "Least
squares quantization in PCM", IEEE Transactions on Information Theory 28, 1982).
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Codes, check_training, check_vectors, pack_numbers, unpack_numbers
from firs.hashing.levels import MOST, means_of_ranges, ranges
from firs.hashing.signs import ModalityMeans
from firs.index.pca import principal_axes

_EACH = 4
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Principal(ModalityMeans):
    """One bit per dimension, spent on a quarter of the axes.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        axes: float32 ``(count, dim)``, unit vectors of greatest variance.
        edges: float32 ``(15, count)``, ascending borders of the ranges of an axis.
        means: float32 ``(16, count)``: decoded values of the ranges.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 16

    axes: NDArray[np.float32]
    edges: NDArray[np.float32]
    means: NDArray[np.float32]

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the axes and the levels: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        sample = images[:: -(-len(images) // MOST)]
        middle, axes = principal_axes(sample, -(-images.shape[1] * cls.bits // _EACH))
        along = np.asarray((sample - middle) @ axes.T, dtype=np.float32)
        return cls(middle, texts.mean(axis=0), axes, *_levels(along))

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        return self._codes(check_vectors(images, self.dim) - self.image_middle)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: the means of their ranges, on their axes."""
        numbers = unpack_numbers(codes, len(self.axes), _EACH)
        return np.take_along_axis(self.means, numbers.astype(np.intp), axis=0) @ self.axes

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts."""
        return check_vectors(queries, self.dim) - self.text_middle

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, by the images' ranges."""
        return self._codes(self.project_query(queries))

    def _codes(self, centred: Vectors) -> Codes:
        return pack_numbers(ranges(centred @ self.axes.T, self.edges), _EACH)


class Principal2(Principal):
    """Two bits a dimension, on half of the axes."""

    __slots__ = ()
    bits: ClassVar[int] = 2


def _levels(along: Vectors) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Edges and means, first at the quantiles, then where the squared error is least."""
    count = 2**_EACH
    edges = np.quantile(along, np.arange(1, count) / count, axis=0).astype(np.float32)
    for _ in range(_STEPS):
        means = np.sort(means_of_ranges(along, edges), axis=0)
        edges = (means[1:] + means[:-1]) / 2
    return edges, means_of_ranges(along, edges)
