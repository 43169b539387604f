"""The stand-in encoder behaves as an encoder does."""

import numpy as np
from PIL import Image

from firs.encoders import Encoder
from tests.fakes import FakeEncoder


def test_is_an_encoder_of_unit_vectors() -> None:
    fake = FakeEncoder()
    assert isinstance(fake, Encoder)
    images = fake.encode_images([Image.new("L", (9, 7), 127), Image.new("RGB", (50, 50), "red")])
    texts = fake.encode_texts(["red", "a dog on a red sofa"])
    for vectors in (images, texts):
        assert vectors.shape == (2, fake.dim)
        assert vectors.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-6)


def test_nothing_gives_no_rows() -> None:
    assert FakeEncoder().encode_images([]).shape == (0, FakeEncoder().dim)
    assert FakeEncoder().encode_texts([]).shape == (0, FakeEncoder().dim)


def test_colour_words_lie_near_pictures_of_that_colour() -> None:
    fake = FakeEncoder()
    colours = ["red", "green", "blue", "white"]
    pictures = fake.encode_images([Image.new("RGB", (40, 30), colour) for colour in colours])
    similarity = fake.encode_texts([f"a {colour} thing" for colour in colours]) @ pictures.T
    assert similarity.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert fake.embedded == 4
