"""Several bits per dimension: the index of one of 4, 16 or 256 equally frequent ranges.

After a random rotation every dimension is split at its quantiles over the collection, and a range
is decoded to the mean of its values, which minimises the squared error for given ranges (Lloyd,
"Least squares quantization in PCM", IEEE Transactions on Information Theory 28, 1982). The paper
left codes of more than one bit for future work.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Codes, check_training, check_vectors, pack_numbers, unpack_numbers
from firs.hashing.signs import ModalityMeans, random_rotation

MOST = 20_000
"""Maximum number of images, evenly sampled, to take quantiles of."""


@dataclass(frozen=True, slots=True)
class Levels2(ModalityMeans):
    """Two bits per dimension.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        edges: float32 ``(2**bits - 1, dim)``, ascending borders of the ranges of a dimension.
        means: float32 ``(2**bits, dim)``: decoded values of the ranges.
    """

    bits: ClassVar[int] = 2
    levels: ClassVar[int] = 4

    edges: NDArray[np.float32]
    means: NDArray[np.float32]

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the quantiles: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        middle = images.mean(axis=0)
        rotated = (images[:: -(-len(images) // MOST)] - middle) @ random_rotation(len(middle))
        edges = np.quantile(rotated, np.arange(1, 2**cls.bits) / 2**cls.bits, axis=0)
        edges = edges.astype(np.float32)
        return cls(middle, texts.mean(axis=0), edges, means_of_ranges(rotated, edges))

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        return self._codes(self._centre_and_rotate(images, self.image_middle))

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: the means of their ranges."""
        numbers = unpack_numbers(codes, self.dim, self.bits)
        return np.take_along_axis(self.means, numbers.astype(np.intp), axis=0)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts, rotated."""
        return self._centre_and_rotate(queries, self.text_middle)

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, by the images' ranges."""
        return self._codes(self.project_query(queries))

    def _centre_and_rotate(self, vectors: Vectors, middle: NDArray[np.float32]) -> Vectors:
        centred = check_vectors(vectors, self.dim) - middle
        return (centred @ random_rotation(self.dim)).astype(np.float32, copy=False)

    def _codes(self, rotated: Vectors) -> Codes:
        return pack_numbers(ranges(rotated, self.edges), self.bits)


class Levels4(Levels2):
    """Four bits a dimension."""

    __slots__ = ()
    bits: ClassVar[int] = 4
    levels: ClassVar[int] = 16


class Levels8(Levels2):
    """Eight bits a dimension."""

    __slots__ = ()
    bits: ClassVar[int] = 8
    levels: ClassVar[int] = 256


def ranges(rotated: Vectors, edges: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the range of each dimension, from 0: uint8 ``(n, dim)``."""
    found = np.empty(rotated.shape, dtype=np.uint8)
    for at in range(rotated.shape[1]):
        found[:, at] = np.searchsorted(edges[:, at], rotated[:, at])
    return found


def means_of_ranges(rotated: Vectors, edges: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean of each range; an empty range gets one of its borders."""
    within = ranges(rotated, edges)
    means = np.concatenate([edges, edges[-1:]])
    for at in range(rotated.shape[1]):
        counts = np.bincount(within[:, at], minlength=len(means))
        sums = np.bincount(within[:, at], rotated[:, at], minlength=len(means))
        means[counts > 0, at] = (sums / np.maximum(counts, 1))[counts > 0]
    return means
