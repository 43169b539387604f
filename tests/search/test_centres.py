import numpy as np
import pytest

from firs.search.matrix import EVERYDAY, ModalityMeans, directions_from
from tests.fakes import FakeEncoder


def test_the_mean_of_everyday_texts_and_of_the_images() -> None:
    encoder = FakeEncoder()
    images = encoder.encode_texts(["red", "green", "blue"])
    centres = ModalityMeans.measure(encoder, images.astype(np.float16))
    np.testing.assert_allclose(centres.image_mean, images.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(
        centres.text_mean, encoder.encode_texts(EVERYDAY).mean(axis=0), atol=1e-6
    )
    assert centres.image_mean.dtype == centres.text_mean.dtype == np.float32


def test_without_images() -> None:
    encoder = FakeEncoder()
    centres = ModalityMeans.measure(encoder, np.empty((0, encoder.dim), np.float32))
    assert not centres.image_mean.any()


def test_a_direction_from_a_centre() -> None:
    centre, vector = np.array([1, 0], np.float32), np.array([1, 1], np.float32)
    assert directions_from(centre, 3 * vector).tolist() == pytest.approx([2 / 13**0.5, 3 / 13**0.5])
    assert directions_from(centre, centre).tolist() == [1, 0]
