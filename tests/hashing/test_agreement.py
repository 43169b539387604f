from pathlib import Path

import numpy as np

from firs.hashing.hamming import agreement, fit_hash
from firs.hashing.levels import Levels
from firs.hashing.signs import Rotation
from tests.index.test_contract import unit


def test_eight_bits_find_nearly_all_that_floats_find() -> None:
    images, queries = unit(300, 0), unit(20, 1)
    assert agreement(Levels.train(images, images, bits=8), images, queries) > 0.9
    assert agreement(Rotation.train(images, images), images, queries) < 0.8


def test_the_middle_that_agrees_more_is_taken_on_a_constant_gap() -> None:
    """Queries that lie apart by a constant gap, which counts in what floats find."""
    images = unit(400, 2)
    queries = images[:50] + 3 * unit(1, 3)
    chosen = fit_hash(Rotation.train, images, queries.mean(axis=0, keepdims=True), queries)
    other = Rotation.train(images, queries)
    assert agreement(chosen, images, queries) > agreement(other, images, queries) + 0.1


def test_with_one_bit_on_real_vectors_it_is_the_texts_own(shared_data: Path) -> None:
    with np.load(shared_data / "clip_vitb32" / "flickr8k.npz") as data:
        images, captions = data["image_vectors"], data["caption_vectors"]
    chosen = fit_hash(Rotation.train, images, captions, captions[:50])
    np.testing.assert_array_equal(chosen.arrays()["text_middle"], captions.mean(axis=0))
