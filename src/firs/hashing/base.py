"""The protocol that every hash keeps."""

from collections.abc import Mapping
from typing import ClassVar, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors

Codes: TypeAlias = NDArray[np.uint8]
"""uint8 ``(n, bytes)``, padded with zeros to a multiple of 8 bytes."""

Arrays: TypeAlias = Mapping[str, NDArray[np.float32]]
"""What training found, by name."""


@runtime_checkable
class Hash(Protocol):
    """Quantiser of embeddings: encodes vectors to codes, and compares queries with decoded codes.

    Texts and images are far apart (see ``firs.search.centres``), so the mean of the texts is
    subtracted from queries, and the mean of the images from images.
    """

    bits: ClassVar[int]
    """a dimension"""

    levels: ClassVar[int]
    """of each number in a code; Hamming distances are of codes with 2"""

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
