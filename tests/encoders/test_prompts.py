"""Templates around texts."""

import numpy as np
import pytest
from PIL import Image

from firs.encoders import Encoder, PromptedEncoder
from firs.errors import InputError
from tests.fakes import FakeEncoder


def test_one_template_is_filled() -> None:
    encoder = FakeEncoder()
    prompted = PromptedEncoder(encoder, ["a photo of {}"])
    expected = encoder.encode_texts(["a photo of red", "a photo of blue"])
    assert prompted.encode_texts(["red", "blue"]) == pytest.approx(expected)


def test_of_several_the_mean_counts() -> None:
    encoder = FakeEncoder()
    (row,) = PromptedEncoder(encoder, ["{}", "{} and green"]).encode_texts(["red"])
    mean = encoder.encode_texts(["red", "red and green"]).mean(axis=0)
    assert row == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)


def test_pictures_and_identity_stay() -> None:
    encoder = FakeEncoder()
    prompted = PromptedEncoder(encoder, ["a {}"])
    assert isinstance(prompted, Encoder)
    image = Image.new("RGB", (9, 9), "red")
    assert prompted.encode_images([image]) == pytest.approx(encoder.encode_images([image]))
    assert (prompted.name, prompted.fingerprint) == (encoder.name, encoder.fingerprint)
    assert (prompted.dim, prompted.image_size) == (encoder.dim, encoder.image_size)
    assert prompted.encode_texts([]).shape == (0, encoder.dim)


@pytest.mark.parametrize("templates", [[], ["a photo"], ["{} {}"], ["a {}", "b"]])
def test_templates_without_one_place_are_refused(templates: list[str]) -> None:
    with pytest.raises(InputError, match=r"one \{\} where the text goes"):
        PromptedEncoder(FakeEncoder(), templates)
