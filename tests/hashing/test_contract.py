"""What every hash in the registry promises."""

import numpy as np
import pytest

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.hashing import HASHES, Hash, Trainer, open_hash
from tests.index.test_contract import unit

_DRAWN = unit(400, 0, dim=37) * np.exp(-np.arange(37) / 6, dtype=np.float32)
IMAGES = _DRAWN / np.linalg.norm(_DRAWN, axis=1, keepdims=True)
TEXTS = unit(30, 1, dim=37)


VARIANTS = [*HASHES, "principal(bits=2)", "levels(bits=4)", "levels(bits=8)"]


@pytest.fixture(params=VARIANTS)
def train(request: pytest.FixtureRequest) -> Trainer:
    return open_hash(request.param)


def test_keeps_the_protocol(train: Trainer) -> None:
    trained = train(IMAGES, TEXTS)
    assert isinstance(trained, Hash)
    assert trained.dim == 37


def test_any_dimension_is_padded_to_whole_words(train: Trainer) -> None:
    for dim in (1, 7, 8, 37, 64, 65):
        images = unit(50, 2, dim=dim)
        trained = train(images, images)
        codes = trained.codes(images)
        assert codes.dtype == np.uint8
        assert codes.shape == (50, 8 * -(-dim * trained.bits // 64)), dim
        assert trained.query_codes(images).shape == codes.shape
        assert trained.decode(codes).shape == (50, dim)


def test_an_image_is_among_those_most_like_its_own_code(train: Trainer) -> None:
    trained = train(IMAGES, IMAGES)
    scores = trained.project_query(IMAGES) @ trained.decode(trained.codes(IMAGES)).T
    before_it = (scores > np.diag(scores)[:, np.newaxis]).sum(axis=1)
    assert np.mean(before_it < 10) > 0.99


def test_values_say_which_code_they_are_of(train: Trainer) -> None:
    """What two vectors of one code stand for is the same."""
    trained = train(IMAGES, TEXTS)
    codes = trained.codes(IMAGES)
    # A matrix product rounds by the number of its rows on some processors.
    np.testing.assert_allclose(
        trained.decode(codes[:5]), trained.decode(codes)[:5], rtol=0, atol=1e-6
    )


def test_trained_again_it_is_the_same(train: Trainer) -> None:
    first, again = (train(IMAGES, TEXTS).codes(IMAGES) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_what_was_found_makes_it_again(train: Trainer) -> None:
    trained = train(IMAGES, TEXTS)
    again = trained.of(trained.arrays())
    np.testing.assert_array_equal(again.codes(IMAGES), trained.codes(IMAGES))
    np.testing.assert_array_equal(again.project_query(TEXTS), trained.project_query(TEXTS))
    np.testing.assert_array_equal(
        again.decode(again.codes(IMAGES)), trained.decode(trained.codes(IMAGES))
    )


@pytest.mark.parametrize(
    "images",
    [
        np.repeat(unit(1, 3), 9, axis=0),
        unit(1, 4),
        np.zeros((5, 24), np.float32),
        np.concatenate([np.full((20, 1), 0.5, np.float32), unit(20, 5, dim=23)], axis=1),
    ],
    ids=["all equal", "one vector", "zeros", "a constant dimension"],
)
def test_images_that_tell_little_are_hashed_all_the_same(train: Trainer, images: Vectors) -> None:
    trained = train(images, images)
    codes = trained.codes(images)
    assert np.isfinite(trained.decode(codes)).all()
    assert np.isfinite(trained.project_query(unit(3, 6))).all()


@pytest.mark.parametrize(
    ("images", "texts", "message"),
    [
        (unit(3, 7), unit(3, 8, dim=7), "of one encoder"),
        (unit(0, 7), unit(3, 8), "there are none"),
        (unit(3, 7), np.full((1, 24), np.nan, np.float32), "not finite"),
    ],
)
def test_what_it_cannot_be_trained_on(
    train: Trainer, images: Vectors, texts: Vectors, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        train(images, texts)


def test_vectors_of_another_encoder(train: Trainer) -> None:
    trained = train(IMAGES, TEXTS)
    with pytest.raises(InputError, match=r"trained on vectors \(n, 37\), not \(2, 24\)"):
        trained.codes(unit(2, 9))
    with pytest.raises(InputError, match="encoder that it was trained for"):
        trained.project_query(unit(2, 9))
