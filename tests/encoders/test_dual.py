"""Batches stay small, and what is no unit vector never leaves."""

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.encoders.base import DualEncoder, normalize
from firs.encoders.preprocess import Preprocess
from firs.errors import EncoderError


class Counting(DualEncoder):
    """Remembers how many rows it was given at a time."""

    dim = 3
    fingerprint = "c0"

    def __init__(self) -> None:
        super().__init__("counting", Preprocess(4, 8, "squash"))
        self.given: list[int] = []

    def _text_rows(self, texts: Sequence[str]) -> NDArray[Any]:
        self.given.append(len(texts))
        return np.array([[len(text), 1, 1] for text in texts], np.float16)

    def _pixel_rows(self, pixels: NDArray[np.float32]) -> NDArray[Any]:
        self.given.append(len(pixels))
        rows: NDArray[Any] = pixels.mean(axis=(2, 3)) + 3
        return rows


def test_at_most_one_batch_is_in_memory() -> None:
    encoder = Counting()
    images = [Image.new("RGB", (9, 9), (at, 0, 0)) for at in range(21)]
    vectors = encoder.encode_images(images)
    assert encoder.given == [8, 8, 5]
    assert vectors.shape == (21, 3)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(21))


def test_no_thread_outlives_a_call() -> None:
    before = set(threading.enumerate())
    Counting().encode_images([Image.new("RGB", (9, 9))] * 21)
    assert set(threading.enumerate()) == before


def test_order_is_preserved_across_batches() -> None:
    vectors = Counting().encode_texts(["x" * length for length in range(70)])
    assert (np.diff(vectors[:, 0]) > 0).all()


def test_nothing_gives_nothing() -> None:
    assert Counting().encode_texts([]).shape == (0, 3)
    assert Counting().encode_images([]).shape == (0, 3)


def test_image_size_is_the_largest_input() -> None:
    encoder = Counting()
    assert encoder.image_size == 8
    encoder.preprocess = Preprocess(8, 8, edge=12)
    assert encoder.image_size == 12


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([[1, 2, 3, 4]], "a tower returns 1×4 instead of rows of 3"),
        ([1, 2, 3], "a tower returns 3 instead"),
        ([[1, np.nan, 0]], "not finite"),
        ([[1, np.inf, 0]], "not finite"),
        ([[0, 0, 0]], "not finite or zero"),
    ],
)
def test_invalid_output_is_rejected(rows: list[Any], message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        normalize(np.array(rows, np.float32), 3, "broken")
