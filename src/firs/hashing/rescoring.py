"""Smaller copies of the embeddings for rescoring: float16 or int8."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors

_STEPS = 127


class StoredVectors(Protocol):
    """Vectors that take less room than floats."""

    bytes_per_vector: int

    def floats(self, places: NDArray[np.int64]) -> Vectors:
        """Some of them: float32 ``(..., dim)`` for ``places`` ``(...)``."""


class Float16:
    """Half precision: cosines within 0.0005.

    Args:
        vectors: float32 ``(n, dim)`` of length 1.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors.astype(np.float16)
        self.bytes_per_vector = 2 * vectors.shape[1]

    def floats(self, places: NDArray[np.int64]) -> Vectors:
        """Return some vectors as float32."""
        return self._vectors[places].astype(np.float32)


class Int8:
    """A byte a dimension and the size of a step for each vector: cosines within 0.005.

    Args:
        vectors: float32 ``(n, dim)`` of length 1.
    """

    def __init__(self, vectors: Vectors) -> None:
        largest = np.abs(vectors).max(axis=1, keepdims=True)
        self._steps = (np.where(largest > 0, largest, 1) / _STEPS).astype(np.float32)
        self._numbers = np.rint(vectors / self._steps).astype(np.int8)
        self.bytes_per_vector = vectors.shape[1] + self._steps.itemsize

    def floats(self, places: NDArray[np.int64]) -> Vectors:
        """Return some vectors as float32."""
        floats: Vectors = self._numbers[places] * self._steps[places]
        return floats


KEPT: dict[str, type[Float16] | type[Int8]] = {"float16": Float16, "int8": Int8}
"""By name."""
