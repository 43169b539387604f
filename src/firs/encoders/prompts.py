"""Templates around a person's words: one, or the mean of several (Radford et al., 2021, 3.1.4)."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from firs.encoders.base import Encoder, Vectors
from firs.errors import EncoderError, InputError

PLACE = "{}"


class PromptedEncoder:
    """An encoder that puts every text into templates; its pictures' vectors stay as they are.

    Args:
        encoder: what encodes.
        templates: each with ``{}`` where the text goes; of several, the mean vector counts.

    Raises:
        InputError: there is no template, or one has not exactly one ``{}``.

    >>> Prompted(encoder, ["a photo of {}", "a drawing of {}"])  # doctest: +SKIP
    """

    def __init__(self, encoder: Encoder, templates: Sequence[str]) -> None:
        wrong = [each for each in templates if each.count(PLACE) != 1]
        if wrong or not templates:
            raise InputError(
                f"A template has one {PLACE} where the text goes, such as 'a photo of {PLACE}'"
                + (f", not {wrong[0]!r}." if wrong else "; give at least one.")
            )
        self._encoder = encoder
        self.templates = tuple(templates)

    @property
    def name(self) -> str:
        """The encoder's name: the collection's vectors are the same."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return self._encoder.dim

    @property
    def image_size(self) -> int:
        """Pixels a side that the image tower reads."""
        return self._encoder.image_size

    @property
    def fingerprint(self) -> str:
        """The encoder's fingerprint: the collection's vectors are the same."""
        return self._encoder.fingerprint

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Texts → float32 ``(len(texts), dim)``, rows of length 1, each the mean of its templates.

        Raises:
            EncoderError: a text's vectors cancel out.
        """
        filled = [each.replace(PLACE, text) for text in texts for each in self.templates]
        rows = self._encoder.encode_texts(filled).reshape(len(texts), len(self.templates), self.dim)
        means = rows.mean(axis=1)
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        if not lengths.all():
            raise EncoderError("The templates' vectors cancel out; take other templates.")
        unit: Vectors = (means / lengths).astype(np.float32)
        return unit

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Pictures of any size and mode → float32 ``(len(images), dim)``, rows of length 1."""
        return self._encoder.encode_images(images)
