"""One bit per dimension: whether it is above the vector's own mean or median.

Semantic hashing by thresholds (Salakhutdinov and Hinton, "Semantic hashing", International Journal
of Approximate Reasoning 50, 2009), each vector relative to itself, as in the QT-FIRS paper. Nothing
is learnt, and only the bits are stored.
"""

import numpy as np

from firs.encoders.base import Vectors
from firs.hashing.base import Codes
from firs.hashing.packing import pack_bits


def above_mean(vectors: Vectors) -> Codes:
    """Vectors ``(n, dim)`` → codes: see ``packed``."""
    return pack_bits(vectors > vectors.mean(axis=1, keepdims=True))


def above_median(vectors: Vectors) -> Codes:
    """Vectors ``(n, dim)`` → codes: see ``packed``; about half of each code's bits are set."""
    return pack_bits(vectors > np.median(vectors, axis=1, keepdims=True))
