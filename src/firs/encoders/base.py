"""The protocol that every encoder keeps."""

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Vectors: TypeAlias = NDArray[np.float32]
"""float32 ``(n, dim)``, rows of length 1."""


@runtime_checkable
class Encoder(Protocol):
    """Turns texts and images into unit vectors of one shared space (CLIP; Radford et al., 2021)."""

    @property
    def name(self) -> str:
        """What a person types to get this encoder, such as ``mini``."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    @property
    def image_size(self) -> int:
        """Pixels a side that the image tower reads; files may be decoded at no less than this."""

    @property
    def fingerprint(self) -> str:
        """Hex digest of weights and preprocessing: equal fingerprints give equal vectors."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → float32 ``(len(texts), dim)``, rows of length 1."""

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Pictures of any size and mode → float32 ``(len(images), dim)``, rows of length 1."""


@runtime_checkable
class PatchEncoder(Encoder, Protocol):
    """An encoder whose image vector is the sum of its cells' vectors."""

    def encode_patches(self, image: Image.Image) -> NDArray[np.float32]:
        """One picture → float32 ``(rows, cols, dim)``.

        The sum over rows and columns is the picture's unit vector, so a text's similarity to
        the picture splits exactly into one share a cell.
        """
