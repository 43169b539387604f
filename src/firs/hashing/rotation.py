"""One bit a dimension after a random rotation, which spreads what an image is over all bits.

Signs of random projections (Charikar, "Similarity estimation techniques from rounding
algorithms", STOC 2002), orthogonal ones, which estimate angles better (Ji et al., "Super-bit
locality-sensitive hashing", NeurIPS 2012).
"""

from functools import cache

import numpy as np

from firs.encoders.base import Vectors
from firs.hashing.signs import Floats, Signs

SEED = 0


@cache
def random_rotation(dim: int) -> Floats:
    """A rotation ``(dim, dim)`` drawn evenly from all, always the same one."""
    drawn = np.random.default_rng(SEED).standard_normal((dim, dim))
    rotation, triangle = np.linalg.qr(drawn)
    rotation = (rotation * np.where(np.diag(triangle) < 0, -1, 1)).astype(np.float32)
    rotation.flags.writeable = False  # it is one for all
    return rotation


class Rotation(Signs):
    """Signs after a random rotation."""

    __slots__ = ()

    @staticmethod
    def _find_rotation(centred: Vectors) -> Floats:
        return random_rotation(centred.shape[1])
