"""One bit a dimension: whether it lies above that dimension's middle over the collection.

Texts are held against the middle of texts, images against that of images. The median splits
every dimension into halves, as spectral hashing asks of a good code (Weiss, Torralba and Fergus,
"Spectral hashing", NeurIPS 2008); the mean is what rotations need.
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
