from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback.base import best
from firs.feedback.pseudo import Pseudo, extremes
from tests.feedback.marked import evidence, field, order, page


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


def test_the_query_moves_by_both_ends_of_the_last_ranking() -> None:
    images = field()
    told = evidence(images, page(range(10), [3]))
    verdict = Pseudo(p=2).rerank(told, images)
    ranking, vectors = order(told.query_scores), images.rows(np.arange(40))
    moved = told.query + 0.75 * vectors[ranking[:2]].mean(0) - 0.15 * vectors[ranking[-2:]].mean(0)
    moved /= np.linalg.norm(moved)
    np.testing.assert_allclose(verdict.scores, vectors @ moved, atol=1e-5)


def test_each_round_starts_from_the_query_of_the_round_before() -> None:
    images = field()
    told = evidence(images)
    first = Pseudo().rerank(told, images)
    second = Pseudo().rerank(replace(told, previous=first), images)
    again = Pseudo().rerank(replace(told, previous=replace(first, query_vector=None)), images)
    assert first.query_vector is not None
    assert second.query_vector is not None
    assert again.query_vector is not None
    assert np.abs(second.query_vector - again.query_vector).max() > 1e-3


def test_of_no_strength_the_query_stays() -> None:
    images = field()
    verdict = Pseudo(strength=0).rerank(evidence(images), images)
    np.testing.assert_allclose(verdict.scores, evidence(images).query_scores, atol=1e-5)


def test_p_that_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="1 image or more of either end, not 0"):
        Pseudo(p=0)


@pytest.mark.parametrize("count", [1, 5, 12])
def test_the_best_with_equals_in_order(count: int) -> None:
    scores = np.random.default_rng(0).integers(0, 4, size=(20, 12)).astype(np.float32)
    ranking = np.argsort(-scores, axis=1, kind="stable")
    np.testing.assert_array_equal(best(scores, count), ranking[:, :count])


def test_the_best_where_few_are_to_be_found() -> None:
    scores = np.array([[-np.inf, 2, -np.inf, 3]], np.float32)
    assert best(scores, 3).tolist() == [[3, 1, 0]]
