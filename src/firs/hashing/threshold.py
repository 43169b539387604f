"""One bit a dimension: whether it lies above the vector's own mean or median.

Semantic hashing by thresholds (Salakhutdinov and Hinton, "Semantic hashing", International
Journal of Approximate Reasoning 50, 2009), each vector against itself, as QT-FIRS's paper words
it. Nothing is learnt and nothing is stored beside the bits.
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors

WORD = 8
"""Bytes to which codes are padded: Hamming distances are counted in words of 64 bits."""


def above_mean(vectors: Vectors) -> NDArray[np.uint8]:
    """Vectors ``(n, dim)`` → codes: see ``packed``."""
    return packed(vectors > vectors.mean(axis=1, keepdims=True))


def above_median(vectors: Vectors) -> NDArray[np.uint8]:
    """Vectors ``(n, dim)`` → codes: see ``packed``; about half of each code's bits are set."""
    return packed(vectors > np.median(vectors, axis=1, keepdims=True))


def packed(bits: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Bits ``(n, dim)`` → uint8 ``(n, bytes)``, with zeros up to a multiple of 8 bytes."""
    padding = -bits.shape[1] % (8 * WORD)
    return np.packbits(np.pad(bits, ((0, 0), (0, padding))), axis=1)
