"""Several levels per number of a code, each decoded to the mean of its values.

The mean of the values of a range minimises the squared error for given ranges (Lloyd, "Least
squares quantization in PCM", IEEE Transactions on Information Theory 28, 1982). The paper left
codes of more than one bit for future work.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.hashing.base import Codes, check_training, check_vectors, pack_numbers, unpack_numbers
from firs.hashing.signs import MOST, Floats, ModalityMeans, random_rotation
from firs.index.engine import principal_axes


@dataclass(frozen=True, slots=True)
class Levels(ModalityMeans):
    """Equally frequent ranges of each dimension, after a random rotation.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        edges: float32 ``(2**bits - 1, dim)``, ascending borders of the ranges of a dimension.
        means: float32 ``(2**bits, dim)``: decoded values of the ranges.
    """

    edges: Floats
    means: Floats

    @property
    def bits(self) -> int:
        return self.levels.bit_length() - 1

    @property
    def levels(self) -> int:
        """Ranges of each dimension."""
        return len(self.means)

    @classmethod
    def train(cls, images: Vectors, texts: Vectors, bits: int = 2) -> Self:
        """Find the quantiles: see ``Hash.train``.

        Args:
            images: as for ``Hash.train``.
            texts: as for ``Hash.train``.
            bits: bits per dimension, from 1 to 8.
        """
        _check_bits(bits, 8)
        images, texts = check_training(images, texts)
        middle = images.mean(axis=0)
        rotated = (images[:: -(-len(images) // MOST)] - middle) @ random_rotation(len(middle))
        edges = _quantiles(rotated, 2**bits)
        return cls(middle, texts.mean(axis=0), edges, means_of_ranges(rotated, edges))

    def codes(self, images: Vectors) -> Codes:
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


_EACH = 4
_STEPS = 10


@dataclass(frozen=True, slots=True)
class Principal(ModalityMeans):
    """4 bits on each of the axes of greatest variance.

    Images vary along some axes far more than along others. A quarter of the axes with 4 bits each
    is one bit per dimension, and better than one bit on every axis. Each of the 16 levels of an
    axis is the mean of the values nearest to it.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        axes: float32 ``(count, dim)``, unit vectors of greatest variance.
        edges: float32 ``(15, count)``, ascending borders of the ranges of an axis.
        means: float32 ``(16, count)``: decoded values of the ranges.
    """

    axes: Floats
    edges: Floats
    means: Floats

    @property
    def bits(self) -> int:
        return max(1, round(_EACH * len(self.axes) / self.dim))

    @property
    def levels(self) -> int:
        """Ranges of each axis."""
        return len(self.means)

    @classmethod
    def train(cls, images: Vectors, texts: Vectors, bits: int = 1) -> Self:
        """Find the axes and the levels: see ``Hash.train``.

        Args:
            images: as for ``Hash.train``.
            texts: as for ``Hash.train``.
            bits: bits per dimension, from 1 to 4: the quarters of the axes that are used.
        """
        _check_bits(bits, _EACH)
        images, texts = check_training(images, texts)
        sample = images[:: -(-len(images) // MOST)]
        middle, axes = principal_axes(sample, -(-images.shape[1] * bits // _EACH))
        along = np.asarray((sample - middle) @ axes.T, dtype=np.float32)
        return cls(middle, texts.mean(axis=0), axes, *_levels(along))

    def codes(self, images: Vectors) -> Codes:
        return self._codes(check_vectors(images, self.dim) - self.image_middle)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: the means of their ranges, on their axes."""
        numbers = unpack_numbers(codes, len(self.axes), _EACH)
        return np.take_along_axis(self.means, numbers.astype(np.intp), axis=0) @ self.axes

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts."""
        return check_vectors(queries, self.dim) - self.text_middle

    def query_codes(self, queries: Vectors) -> Codes:
        return self._codes(self.project_query(queries))

    def _codes(self, centred: Vectors) -> Codes:
        return pack_numbers(ranges(centred @ self.axes.T, self.edges), _EACH)


def _levels(along: Vectors) -> tuple[Floats, Floats]:
    """Return edges and means, first at the quantiles, then where the squared error is least."""
    count = 2**_EACH
    edges = _quantiles(along, count)
    for _ in range(_STEPS):
        means = np.sort(means_of_ranges(along, edges), axis=0)
        edges = np.asarray((means[1:] + means[:-1]) / 2, dtype=np.float32)
    return edges, means_of_ranges(along, edges)


def _check_bits(bits: int, most: int) -> None:
    if not 1 <= bits <= most:
        raise InputError(f"bits is from 1 to {most} here, not {bits}.")


def _quantiles(vectors: Vectors, count: int) -> Floats:
    return np.quantile(vectors, np.arange(1, count) / count, axis=0).astype(np.float32)


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
