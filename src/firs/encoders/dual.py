"""What all encoders of two towers share: batches, unit length, and no vector that is not one."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.encoders._onnx import threads_to_use
from firs.encoders.base import Vectors
from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError

Item = TypeVar("Item")


class DualEncoder(ABC):
    """An encoder of a text tower and an image tower (CLIP; Radford et al., 2021).

    A road (ONNX, transformers, OpenCLIP) says how its towers are run; at most ``image_batch``
    pictures are held as numbers at a time, however many are given.
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
        """Texts → float32 ``(len(texts), dim)``, rows of length 1; longer texts are cut, and said.

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
