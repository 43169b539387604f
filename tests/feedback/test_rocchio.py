import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.rocchio import Rocchio


def some(*shape: int, seed: int = 0) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).standard_normal(shape).astype(np.float32)
    units: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
    return units


NONE = np.empty((4, 0, 8), np.float32)


def test_the_formula() -> None:
    queries, positives, negatives = some(4, 8), some(4, 3, 8, seed=1), some(4, 2, 8, seed=2)
    moved = Rocchio(1.0, 0.75, 0.15).moved(queries, positives, negatives)
    expected = queries + 0.75 * positives.mean(axis=1) - 0.15 * negatives.mean(axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(moved, expected, atol=1e-6)
    assert moved.dtype == np.float32


def test_towards_the_positive_and_away_from_the_negative() -> None:
    queries, near, far = some(4, 8), some(4, 1, 8, seed=1), some(4, 1, 8, seed=2)
    moved = Rocchio(1, 1, 1).moved(queries, near, far)
    assert np.all(np.sum(moved * near[:, 0], axis=1) > np.sum(queries * near[:, 0], axis=1))
    assert np.all(np.sum(moved * far[:, 0], axis=1) < np.sum(queries * far[:, 0], axis=1))


def test_without_marks_the_query_stays() -> None:
    queries = some(4, 8)
    np.testing.assert_allclose(Rocchio().moved(queries, NONE, NONE), queries, atol=1e-6)


def test_where_all_cancels_out_the_query_stays() -> None:
    queries = some(4, 8)
    moved = Rocchio(1, 0, 1).moved(queries, NONE, queries[:, np.newaxis])
    np.testing.assert_array_equal(moved, queries)


@pytest.mark.parametrize("weights", [(-1, 1, 1), (0, 0, 0), (np.nan, 1, 1), (1, np.inf, 0)])
def test_weights_that_cannot_be_meant(weights: tuple[float, float, float]) -> None:
    with pytest.raises(InputError, match="not all 0"):
        Rocchio(*weights)
