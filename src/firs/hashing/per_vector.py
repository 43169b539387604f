"""The paper's bits: each vector against its own mean or its own median; nothing is learnt."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from firs.encoders.base import Vectors
from firs.hashing.base import Arrays, Codes, check_training, check_vectors, pack_bits, unpack_bits


@dataclass(frozen=True, slots=True)
class PerVectorMean:
    """Above the vector's own mean (see ``firs.hashing.per_vector``).

    Args:
        dim: length of every vector.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 2

    dim: int

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Nothing is learnt but the dimension: see ``Hash.train``."""
        images, _ = check_training(images, texts)
        return cls(images.shape[1])

    def codes(self, images: Vectors) -> Codes:
        return pack_bits(self.project_query(images) > 0)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: 1 or -1."""
        return np.where(unpack_bits(codes, self.dim), 1, -1).astype(np.float32)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries less their own middle."""
        return check_vectors(queries, self.dim) - self._middle(queries)

    def query_codes(self, queries: Vectors) -> Codes:
        return self.codes(queries)

    def arrays(self) -> Arrays:
        """The dimension."""
        return {"dim": np.array([self.dim], dtype=np.float32)}

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        return cls(int(arrays["dim"][0]))

    @staticmethod
    def _middle(vectors: Vectors) -> Vectors:
        mean: Vectors = vectors.mean(axis=1, keepdims=True)
        return mean


class PerVectorMedian(PerVectorMean):
    """Above the vector's own median."""

    __slots__ = ()

    @staticmethod
    def _middle(vectors: Vectors) -> Vectors:
        return np.median(vectors, axis=1, keepdims=True).astype(np.float32)


def above_mean(vectors: Vectors) -> Codes:
    """Vectors ``(n, dim)`` → codes: see ``packed``."""
    return pack_bits(vectors > vectors.mean(axis=1, keepdims=True))


def above_median(vectors: Vectors) -> Codes:
    """Vectors ``(n, dim)`` → codes: see ``packed``; about half of each code's bits are set."""
    return pack_bits(vectors > np.median(vectors, axis=1, keepdims=True))
