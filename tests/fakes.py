"""The one stand-in for an encoder: instant, deterministic, and red words lie near red pictures."""

import hashlib
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageColor

from firs.encoders import Vectors

CELLS = 4
WORD_DIMS = 16


class FakeEncoder:
    """A picture is the colours of a 4-by-4 grid; a text is a plain picture of the colours it names.

    Words that name no colour are hashed into dimensions that pictures leave empty, so every text
    has its own vector. ``embedded`` counts the pictures that were encoded.
    """

    def __init__(self, name: str = "fake", fingerprint: str = "fa4e") -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dim = CELLS * CELLS * 3 + WORD_DIMS
        self.image_size = 32
        self.embedded = 0

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        self.embedded += len(images)
        return self._units([_of_colours(image) for image in images])

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        return self._units([_of_words(text.lower().split()) for text in texts])

    def _units(self, rows: list[Vectors]) -> Vectors:
        matrix = np.array(rows, dtype=np.float32).reshape(-1, self.dim)
        units: Vectors = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        return units


def other() -> FakeEncoder:
    """A second one, whose vectors are kept apart."""
    return FakeEncoder("other", "0712e2")


def _of_colours(image: Image.Image) -> Vectors:
    small = image.convert("RGB").resize((CELLS, CELLS), Image.Resampling.BOX)
    cells = np.asarray(small, dtype=np.float32).ravel() / 127.5 - 1
    floor = np.full(WORD_DIMS, 0.01, dtype=np.float32)  # middle grey has a direction too
    return np.concatenate([cells, floor])


def _of_words(words: list[str]) -> Vectors:
    named = [_of_colours(Image.new("RGB", (CELLS, CELLS), word)) for word in words if _colour(word)]
    others = [_hashed(word) for word in words if not _colour(word)]
    total: Vectors = np.sum([*named, *others], axis=0, dtype=np.float32)
    return total


def _colour(word: str) -> bool:
    return word in ImageColor.colormap


def _hashed(word: str) -> Vectors:
    digest = hashlib.blake2b(word.encode(), digest_size=WORD_DIMS).digest()
    signs = np.frombuffer(digest, dtype=np.uint8).astype(np.float32) / 127.5 - 1
    return np.concatenate([np.zeros(CELLS * CELLS * 3, dtype=np.float32), signs])
