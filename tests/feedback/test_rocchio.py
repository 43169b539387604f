import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.rocchio import Rocchio
from tests.feedback.marked import evidence, field, page


def some(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    units: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


NONE = np.empty((4, 0, 8), np.float32)


def test_the_formula() -> None:
    queries, positives, negatives = some(4, 8), some(4, 3, 8, seed=1), some(4, 2, 8, seed=2)
    moved = Rocchio(1.0, 0.75, 0.15).move(queries, positives, negatives)
    expected = queries + 0.75 * positives.mean(axis=1) - 0.15 * negatives.mean(axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    assert moved.dtype == np.float32


def test_towards_the_positive_and_away_from_the_negative() -> None:
    queries, near, far = some(4, 8), some(4, 1, 8, seed=1), some(4, 1, 8, seed=2)
    moved = Rocchio(1, 1, 1).move(queries, near, far)
    assert np.all(np.sum(moved * near[:, 0], axis=1) > np.sum(queries * near[:, 0], axis=1))
    assert np.all(np.sum(moved * far[:, 0], axis=1) < np.sum(queries * far[:, 0], axis=1))


def test_without_marks_the_query_stays() -> None:
    queries = some(4, 8)
    np.testing.assert_allclose(Rocchio().move(queries, NONE, NONE), queries, atol=1e-6)


def test_where_all_cancels_out_the_query_stays() -> None:
    queries = some(4, 8)
    moved = Rocchio(1, 0, 1).move(queries, NONE, queries[:, np.newaxis])
    np.testing.assert_array_equal(moved, queries)


@pytest.mark.parametrize("weights", [(-1, 1, 1), (0, 0, 0), (np.nan, 1, 1), (1, np.inf, 0)])
def test_weights_that_cannot_be_meant(weights: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="not all 0"):
        Rocchio(*weights)


def test_to_the_letter_images_are_ranked_by_the_moved_query() -> None:
    images = field()
    told = evidence(images, page([1, 2, 3, 4], [1, 4], [3]), page([7, 9], [9], [7]))
    verdict = Rocchio(1.0, 0.75, 0.15, centred=False).rerank(told, images)
    vectors = images.rows(np.arange(40))
    moved = told.query + 0.75 * vectors[[1, 4, 9]].mean(0) - 0.15 * vectors[[3, 7]].mean(0)
    moved /= np.linalg.norm(moved)
    np.testing.assert_allclose(verdict.scores, vectors @ moved, atol=1e-5)
    assert verdict.query_vector is not None
    np.testing.assert_allclose(verdict.query_vector, moved, atol=1e-6)


def test_centred_the_query_and_the_marks_count_in_units_of_their_spread() -> None:
    images = field()
    told = evidence(images, page([1, 2, 3, 4], [1, 4], [3]))
    scores = Rocchio(2.0, 0.5, 0.25, strength=3).rerank(told, images).scores
    directions = images.directions(np.arange(40))
    pull = 3 * (0.5 * directions[[1, 4]].mean(axis=0) - 0.25 * directions[3])
    query = (told.query_scores - told.query_scores.mean()) / told.query_scores.std()
    np.testing.assert_allclose(scores, 2 * query + directions @ pull / images.spread, atol=1e-3)


def test_strength_multiplies_the_marks_and_not_the_query() -> None:
    images = field()
    told = evidence(images, page([1, 2], [1], [2]))
    for centred in (True, False):
        strong = Rocchio(1, 1, 0.5, centred, strength=0.5).rerank(told, images)
        weak = Rocchio(1, 0.5, 0.25, centred).rerank(told, images)
        np.testing.assert_allclose(strong.scores, weak.scores, atol=1e-5)
