"""The protocol that every encoder keeps."""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders.onnx_session import threads_to_use
from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError

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
    """An encoder with image embeddings that are the sum of the vectors of their cells."""

    def encode_patches(self, image: Image.Image) -> NDArray[np.float32]:
        """One picture → float32 ``(rows, cols, dim)``.

        The sum over rows and columns is the picture's unit vector, so a text's similarity to
        the picture splits exactly into one share a cell.
        """


Item = TypeVar("Item")


class DualEncoder(ABC):
    """An encoder of a text tower and an image tower (CLIP; Radford et al., 2021).

    A backend (ONNX, transformers, OpenCLIP) defines how its towers are run; at most ``image_batch``
    pictures are in memory as arrays at a time, however many are given.
    """

    image_batch = 8
    text_batch = 32

    def __init__(self, name: str, preprocess: Preprocess) -> None:
        self.name = name
        self.preprocess = preprocess

    @property
    def image_size(self) -> int:
        """Pixels a side that a picture needs at least, so that nothing is lost."""
        rules = self.preprocess
        return max(rules.width, rules.height, rules.edge or 0)

    @property
    @abstractmethod
    def dim(self) -> int:
        """Length of every vector."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hex digest of weights and preprocessing."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as float32 ``(len(texts), dim)`` of unit length; cuts are reported.

        Raises:
            EncoderError: the model gives what cannot be a vector.
        """
        return self._in_batches(texts, self.text_batch, self._text_rows)

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:
        """Pictures of any size and mode → float32 ``(len(images), dim)``, rows of length 1.

        Raises:
            EncoderError: the model gives what cannot be a vector.
        """
        with ThreadPoolExecutor(threads_to_use(), thread_name_prefix="preprocess") as pool:
            rows = partial(self._image_rows, pool=pool)
            return self._in_batches(images, self.image_batch, rows)

    @abstractmethod
    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        """At most ``text_batch`` texts → their vectors, of any length."""

    @abstractmethod
    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        """``(n, 3, height, width)`` → their vectors, of any length."""

    def _image_rows(self, images: Sequence[Image.Image], pool: Executor) -> NDArray[Any]:
        return self._pixel_rows(np.stack(list(pool.map(self.preprocess, images))))

    def _in_batches(
        self, items: Sequence[Item], size: int, rows: Callable[[Sequence[Item]], NDArray[Any]]
    ) -> Vectors:
        found = np.empty((len(items), self.dim), np.float32)
        for at in range(0, len(items), size):
            found[at : at + size] = units(rows(items[at : at + size]), self.dim, self.name)
        return found


def units(rows: NDArray[Any], dim: int, name: str) -> Vectors:
    """Bring rows to length 1.

    Raises:
        EncoderError: they are not ``dim`` wide, not finite, or nothing but zeros.
    """
    if rows.ndim != 2 or rows.shape[1] != dim:
        raise EncoderError(
            f"{name}: a tower gives {'×'.join(map(str, rows.shape))} where rows of {dim} belong; "
            "its files come from different models. Get all of them again."
        )
    vectors = rows.astype(np.float32, copy=False)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise EncoderError(
            f"{name} gives vectors that are not finite or of no length; its weights are damaged, "
            "or too coarse in this precision. Get its files again, or take the full precision."
        )
    unit: Vectors = vectors / lengths
    return unit


FULL = "fp32"
PRECISIONS = (FULL, "fp16", "int8")
PRECISION_MARK = "@"


def split_precision(source: str) -> tuple[str, str]:
    """Take the precision off the end of a name or source.

    >>> split_precision("siglip2-base@int8"), split_precision("siglip2-base")
    (('siglip2-base', 'int8'), ('siglip2-base', 'fp32'))
    """
    place, mark, precision = source.rpartition(PRECISION_MARK)
    return (place, precision) if mark and precision in PRECISIONS else (source, FULL)


_DIGEST = re.compile(r"[0-9a-f]{64}")


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file.

    Large files in the cache of ``huggingface_hub`` are named by it, and were checked against it
    when they came; they are not read again.
    """
    real = path.resolve()
    if real.parent.name == "blobs" and _DIGEST.fullmatch(real.name):
        return real.name
    with real.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
