import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback.pseudo import extremes


def test_the_best_and_the_worst() -> None:
    best, worst = extremes(np.array([[0.1, 0.9, 0.5, 0.3, 0.7]], np.float32), 2)
    assert best.tolist() == [[1, 4]]
    assert worst.tolist() == [[0, 3]]


@pytest.mark.parametrize("count", [1, 2, 7, 20])
def test_they_are_the_ends_of_the_ranking_with_equals_in_order(count: int) -> None:
    scores = np.random.default_rng(0).integers(0, 6, size=(30, 40)).astype(np.float32)
    best, worst = extremes(scores, count)
    ranking = np.argsort(-scores, axis=1, kind="stable")
    np.testing.assert_array_equal(best, ranking[:, :count])
    np.testing.assert_array_equal(worst, ranking[:, ::-1][:, :count])


def test_all_equal_scores_still_give_different_images() -> None:
    best, worst = extremes(np.zeros((1, 6), np.float32), 3)
    assert (best.tolist(), worst.tolist()) == ([[0, 1, 2]], [[5, 4, 3]])


@pytest.mark.parametrize("count", [0, -1, 3])
def test_more_marks_than_images_allow(count: int) -> None:
    with pytest.raises(InputError, match=f"P must be from 1 to 2, not {count}"):
        extremes(np.zeros((1, 5), np.float32), count)
