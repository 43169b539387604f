"""Bits and small numbers, packed into bytes; codes are padded to whole words."""

import numpy as np
from numpy.typing import NDArray

from firs.hashing.base import Codes

WORD = 8
"""Bytes to which codes are padded: Hamming distances are counted in words of 64 bits."""


def pack_bits(bits: NDArray[np.bool_]) -> Codes:
    """Bits ``(n, dim)`` → uint8 ``(n, bytes)``, with zeros up to a multiple of 8 bytes."""
    padding = -bits.shape[1] % (8 * WORD)
    return np.packbits(np.pad(bits, ((0, 0), (0, padding))), axis=1)


def unpack_bits(codes: Codes, dim: int) -> NDArray[np.bool_]:
    """The first ``dim`` bits of every code, bool ``(n, dim)``."""
    return np.unpackbits(codes, axis=1, count=dim).astype(np.bool_)


def pack_numbers(numbers: NDArray[np.uint8], bits: int) -> Codes:
    """Numbers ``(n, dim)`` below ``2**bits`` → codes, the highest bit of each first."""
    each = np.unpackbits(numbers[:, :, np.newaxis], axis=2)[:, :, 8 - bits :]
    return pack_bits(each.reshape(len(numbers), bits * numbers.shape[1]).astype(np.bool_))


def unpack_numbers(codes: Codes, dim: int, bits: int) -> NDArray[np.uint8]:
    """The numbers that ``packed_numbers`` packed: uint8 ``(n, dim)``."""
    each = unpack_bits(codes, dim * bits).reshape(len(codes), dim, bits)
    high_first = np.pad(each, ((0, 0), (0, 0), (8 - bits, 0)))
    return np.packbits(high_first, axis=2)[:, :, 0]
