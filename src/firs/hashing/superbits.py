"""Super-bits: two bits per dimension for Hamming distance, on the axes of greatest variance.

The sign of a random direction estimates the angle between two vectors (Charikar, STOC 2002), so
more directions estimate it better; directions in orthogonal groups need fewer (Ji et al.,
"Super-bit locality-sensitive hashing", NeurIPS 2012). Axes along which images hardly vary would
count as much as others, and are left out. For engines that support only Hamming distance.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Codes, check_training, check_vectors, pack_bits, unpack_bits
from firs.hashing.levels import MOST
from firs.hashing.signs import ModalityMeans, random_rotation
from firs.index.pca import axes_kept, principal_axes


@dataclass(frozen=True, slots=True)
class SuperBits(ModalityMeans):
    """Signs of ``(vector - middle) @ directions``, with one mean per modality.

    Args:
        image_middle: float32 ``(dim,)``, the mean image.
        text_middle: float32 ``(dim,)``, the mean text.
        directions: float32 ``(dim, 2 * dim)``, unit vectors; orthogonal in groups as large as the
            number of axes used, a quarter of the dimensions.
        size: float32 ``(2 * dim,)``: mean absolute value of an image along each direction.
    """

    bits: ClassVar[int] = 2
    levels: ClassVar[int] = 2

    directions: NDArray[np.float32]
    size: NDArray[np.float32]

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Find the axes and draw random directions in them: see ``Hash.train``."""
        images, texts = check_training(images, texts)
        sample = images[:: -(-len(images) // MOST)]
        middle, axes = principal_axes(sample, axes_kept(images.shape[1]))
        directions = axes.T @ _groups(len(axes), cls.bits * images.shape[1])
        size = np.abs((sample - middle) @ directions).mean(axis=0).astype(np.float32)
        return cls(middle, texts.mean(axis=0), directions, size)

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""
        centred = check_vectors(images, self.dim) - self.image_middle
        return pack_bits(centred @ self.directions > 0)

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: the sum of the signed directions, each times its size."""
        size = self.size.astype(np.float64)  # so that how many are told at once changes nothing
        sides = np.where(unpack_bits(codes, len(size)), size, -size)
        return (sides @ self.directions.T).astype(np.float32)

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries from the middle of the texts."""
        return check_vectors(queries, self.dim) - self.text_middle

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, from the middle of the texts."""
        return pack_bits(self.project_query(queries) @ self.directions > 0)


def _groups(axes: int, count: int) -> NDArray[np.float32]:
    """Return random directions in the space of ``axes (axes, count)``, orthogonal in groups."""
    drawn = random_rotation(count)[:axes]
    groups = (np.linalg.qr(drawn[:, at : at + axes])[0] for at in range(0, count, axes))
    return np.concatenate(list(groups), axis=1).astype(np.float32)
