"""The protocol that every hash keeps."""

from collections.abc import Callable, Mapping
from typing import Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError

Codes: TypeAlias = NDArray[np.uint8]
"""uint8 ``(n, bytes)``, padded with zeros to a multiple of 8 bytes."""

Arrays: TypeAlias = Mapping[str, NDArray[np.float32]]
"""What training found, by name."""


@runtime_checkable
class Hash(Protocol):
    """Quantiser of embeddings: encodes vectors to codes, and compares queries with decoded codes.

    Texts and images are far apart (see ``firs.search.matrix``), so the mean of the texts is
    subtracted from queries, and the mean of the images from images.
    """

    @property
    def bits(self) -> int:
        """Bits per dimension."""

    @property
    def levels(self) -> int:
        """Levels of each number in a code; Hamming distances are of codes with 2."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    @classmethod
    def train(cls, images: Vectors, texts: Vectors) -> Self:
        """Train the parameters.

        Args:
            images: float32 ``(n, dim)``: images of the collection, or a sample.
            texts: float32 ``(m, dim)``: a bank of texts, or only its mean. If queries are images
                too, pass the images.

        Raises:
            InputError: there is no vector, one is not finite, or the dimensions differ.
        """

    def codes(self, images: Vectors) -> Codes:
        """The codes of images ``(n, dim)``."""

    def decode(self, codes: Codes) -> Vectors:
        """Return the decoded vectors: float32 ``(n, dim)``."""

    def project_query(self, queries: Vectors) -> Vectors:
        """Queries ``(q, dim)`` as they are multiplied with ``values``: float32 ``(q, dim)``."""

    def query_codes(self, queries: Vectors) -> Codes:
        """The codes of queries, for comparison code by code."""

    def arrays(self) -> Arrays:
        """What training found; ``of`` takes it."""

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Return the hash from the arrays returned by ``arrays``."""


Trainer: TypeAlias = Callable[[Vectors, Vectors], Hash]
"""Embeddings of images and of texts → a trained hash; see ``Hash.train``."""


def check_training(images: Vectors, texts: Vectors) -> tuple[Vectors, Vectors]:
    """Both as float32.

    Raises:
        InputError: there is no vector, one is not finite, or the dimensions differ.
    """
    images, texts = (np.asarray(each, dtype=np.float32) for each in (images, texts))
    if images.ndim != 2 or texts.ndim != 2 or images.shape[1] != texts.shape[1]:
        raise InputError(
            f"A hash is trained on images (n, dim) and texts (m, dim) of one encoder, not "
            f"{images.shape} and {texts.shape}."
        )
    if not (images.size and texts.size):
        raise InputError("A hash is trained on one image and one text or more; there are none.")
    if not (np.isfinite(images).all() and np.isfinite(texts).all()):
        raise InputError("A hash cannot be trained on a vector that is not finite; encode again.")
    return images, texts


def check_vectors(vectors: Vectors, dim: int) -> Vectors:
    """Vectors to be hashed.

    Raises:
        InputError: they are of another dimension.
    """
    if vectors.ndim != 2 or vectors.shape[1] != dim:
        raise InputError(
            f"This hash was trained on vectors (n, {dim}), not {vectors.shape}; "
            f"use the encoder that it was trained for, or train another."
        )
    return vectors


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
