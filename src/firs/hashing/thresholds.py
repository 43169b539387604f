"""One bit per dimension: whether it is above the mean or median of that dimension.

Texts are compared with the statistics of texts, images with those of images. The median splits
every dimension into halves, as spectral hashing requires of a good code (Weiss, Torralba and
Fergus, "Spectral hashing", NeurIPS 2008); the mean is what rotations need.
"""

import numpy as np

from firs.encoders.base import Vectors
from firs.hashing.signs import Floats, Signs


class Mean(Signs):
    """Above the dimension's mean."""

    __slots__ = ()


class Median(Signs):
    """Above the dimension's median."""

    __slots__ = ()

    @staticmethod
    def _middle(vectors: Vectors) -> Floats:
        return np.median(vectors, axis=0).astype(np.float32)
