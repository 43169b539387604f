import numpy as np
import pytest

from firs.feedback import CentredEmbeddings
from firs.feedback.base import standardise
from firs.search import EmbeddingMatrix
from tests.feedback.marked import field, units

ALL = np.arange(40)


def test_rows_by_place_and_not_by_id() -> None:
    vectors = units(4)
    images = CentredEmbeddings(EmbeddingMatrix(np.array([3, 10, 11, 50]), vectors))
    np.testing.assert_array_equal(images.rows(np.array([3, 0])), vectors[[3, 0]])
    assert len(images) == 4


def test_directions_from_the_mean_image() -> None:
    images = field()
    vectors = images.rows(ALL)
    moved = vectors - vectors.mean(axis=0)
    expected = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    np.testing.assert_allclose(images.directions(ALL), expected, atol=1e-5)


def test_likeness_is_the_cosine_of_directions_in_units_of_its_spread() -> None:
    images = field()
    directions = images.directions(ALL)
    cosines = directions @ directions.T
    np.testing.assert_allclose(images.likeness(directions), cosines / images.spread, atol=1e-3)
    apart = cosines[~np.eye(40, dtype=bool)]
    assert images.spread == pytest.approx(float(np.std(apart)), rel=1e-3)


def test_nothing_is_more_like_an_image_than_itself() -> None:
    images = field()
    assert images.likeness(images.directions(ALL)).argmax(axis=0).tolist() == ALL.tolist()


def test_likeness_is_linear() -> None:
    images = field()
    one, two = images.directions(np.array([1, 2]))[:, np.newaxis]
    np.testing.assert_allclose(
        images.likeness(2 * one - two),
        2 * images.likeness(one) - images.likeness(two),
        atol=1e-4,
    )


def test_vectors_kept_in_half_the_space_are_as_like() -> None:
    vectors = units(200)
    exact = CentredEmbeddings(EmbeddingMatrix(np.arange(200), vectors))
    half = CentredEmbeddings(EmbeddingMatrix(np.arange(200), vectors.astype(np.float16)))
    some = exact.directions(np.array([4, 5]))
    np.testing.assert_allclose(half.likeness(some), exact.likeness(some), atol=0.05)


def test_standardised() -> None:
    scores = np.array([3, 1, 2, 6], dtype=np.float32)
    told = standardise(scores)
    assert told.dtype == np.float32
    assert (told.mean(), told.std()) == pytest.approx((0, 1), abs=1e-6)
    assert np.argsort(told).tolist() == np.argsort(scores).tolist()


def test_what_is_not_to_be_found_does_not_count() -> None:
    told = standardise(np.array([3, -np.inf, 1, 2], dtype=np.float32))
    assert np.isneginf(told).tolist() == [False, True, False, False]
    assert told[[0, 2, 3]].mean() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("value", [0.0, 0.7, -np.inf])
def test_scores_that_are_all_the_same(value: float) -> None:
    told = standardise(np.full(3, value, dtype=np.float32))
    assert told.tolist() == ([value] * 3 if np.isinf(value) else [0] * 3)
