"""What hashes of one bit a dimension share: the side of a middle on which a dimension lies."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Codes
from firs.hashing.checks import checked_training, checked_vectors
from firs.hashing.middles import Middles
from firs.hashing.packing import packed, unpacked

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signs(Middles):
    """Bits are the signs of ``(vector - middle) @ rotation``, each modality with its own middle.

    Args:
        image_middle: float32 ``(dim,)``, what is taken from images.
        text_middle: float32 ``(dim,)``, what is taken from queries.
        size: float32 ``(dim,)``: how far from 0 a dimension lies on average, on either side.
        rotation: float32 ``(dim, dim)``, or ``(0, 0)`` for none.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 2

    size: Floats
    rotation: Floats

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the middles, the rotation and the sizes: see ``Hash.train``."""
        images, texts = checked_training(images, texts)
        image_middle, text_middle = cls._middle(images), cls._middle(texts)
        rotation = cls._found_rotation(images - image_middle)
        size = np.abs(_rotated(images - image_middle, rotation)).mean(axis=0)
        return cls(image_middle, text_middle, size.astype(np.float32), rotation)

    @staticmethod
    def _middle(vectors: Vectors) -> Floats:
        mean: Floats = vectors.mean(axis=0)
        return mean

    @staticmethod
    def _found_rotation(centred: Vectors) -> Floats:  # noqa: ARG004
        return np.empty((0, 0), dtype=np.float32)

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        return packed(self._seen(images, self.image_middle) > 0)

    def values(self, codes: Codes) -> Vectors:
        """What codes stand for: plus or minus ``size``."""
        return np.where(unpacked(codes, self.dim), self.size, -self.size).astype(np.float32)

    def turned(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts, rotated."""
        return self._seen(queries, self.text_middle)

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, from the middle of the texts."""
        return packed(self.turned(queries) > 0)

    def _seen(self, vectors: Vectors, middle: Floats) -> Vectors:
        return _rotated(checked_vectors(vectors, self.dim) - middle, self.rotation)


def _rotated(vectors: Vectors, rotation: Floats) -> Vectors:
    return vectors @ rotation if rotation.size else vectors
