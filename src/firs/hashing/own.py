"""The paper's bits: each vector against its own mean or its own median; nothing is learnt."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from firs.encoders.base import Vectors
from firs.hashing.base import Arrays, Codes
from firs.hashing.checks import checked_training, checked_vectors
from firs.hashing.packing import packed, unpacked


@dataclass(frozen=True, slots=True)
class OwnMean:
    """Above the vector's own mean (see ``firs.hashing.threshold``).

    Args:
        dim: length of every vector.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 2

    dim: int

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Nothing is learnt but the dimension: see ``Hash.train``."""
        images, _ = checked_training(images, texts)
        return cls(images.shape[1])

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        return packed(self.turned(images) > 0)

    def values(self, codes: Codes) -> Vectors:
        """What codes stand for: 1 or -1."""
        return np.where(unpacked(codes, self.dim), 1, -1).astype(np.float32)

    def turned(self, queries: Vectors) -> Vectors:
        """Queries less their own middle."""
        return checked_vectors(queries, self.dim) - self._middle(queries)

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries."""
        return self.codes(queries)

    def arrays(self) -> Arrays:
        """The dimension."""
        return {"dim": np.array([self.dim], dtype=np.float32)}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """The hash that ``arrays`` tells of."""
        return cls(int(arrays["dim"][0]))

    @staticmethod
    def _middle(vectors: Vectors) -> Vectors:
        mean: Vectors = vectors.mean(axis=1, keepdims=True)
        return mean


class OwnMedian(OwnMean):
    """Above the vector's own median."""

    __slots__ = ()

    @staticmethod
    def _middle(vectors: Vectors) -> Vectors:
        return np.median(vectors, axis=1, keepdims=True).astype(np.float32)
