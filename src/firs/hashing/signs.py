"""Base of the hashes of one bit per dimension: the sign of the centred, rotated vector."""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Codes
from firs.hashing.checks import check_training, check_vectors
from firs.hashing.middles import ModalityMeans
from firs.hashing.packing import pack_bits, unpack_bits

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Signs(ModalityMeans):
    """Bits are the signs of ``(vector - middle) @ rotation``, with one mean per modality.

    Args:
        image_middle: float32 ``(dim,)``, subtracted from images.
        text_middle: float32 ``(dim,)``, subtracted from queries.
        size: float32 ``(dim,)``: mean absolute value of each dimension.
        rotation: float32 ``(dim, dim)``, or ``(0, 0)`` for none.
    """

    bits: ClassVar[int] = 1
    levels: ClassVar[int] = 2

    size: Floats
    rotation: Floats

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the middles, the rotation and the sizes: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        image_middle, text_middle = cls._middle(images), cls._middle(texts)
        rotation = cls._find_rotation(images - image_middle)
        size = np.abs(_rotate(images - image_middle, rotation)).mean(axis=0)
        return cls(image_middle, text_middle, size.astype(np.float32), rotation)

    @staticmethod
    def _middle(vectors: Vectors) -> Floats:
        mean: Floats = vectors.mean(axis=0)
        return mean

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:  # noqa: ARG004
        return np.empty((0, 0), dtype=np.float32)

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        return pack_bits(self._centre_and_rotate(images, self.image_middle) > 0)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: plus or minus ``size``."""
        return np.where(unpack_bits(codes, self.dim), self.size, -self.size).astype(np.float32)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts, rotated."""
        return self._centre_and_rotate(queries, self.text_middle)

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, from the middle of the texts."""
        return pack_bits(self.project_query(queries) > 0)

    def _centre_and_rotate(self, vectors: Vectors, middle: Floats) -> Vectors:
        return _rotate(check_vectors(vectors, self.dim) - middle, self.rotation)


def _rotate(vectors: Vectors, rotation: Floats) -> Vectors:
    return vectors @ rotation if rotation.size else vectors
