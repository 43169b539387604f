from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import FeedbackResult, Page
from firs.feedback.auto import Auto
from firs.feedback.base import standardise
from tests.feedback.marked import evidence, field, order, page


def told(*pages: Page) -> str:
    images = field()
    return Auto().rerank(evidence(images, *pages), images).summary


def test_where_nothing_is_marked_the_last_ranking_stays() -> None:
    images = field()
    last = FeedbackResult(np.arange(40, dtype=np.float32), "the last", np.ones(16, np.float32))
    verdict = Auto().rerank(replace(evidence(images, page(range(10))), previous=last), images)
    np.testing.assert_array_equal(verdict.scores, last.scores)
    assert verdict.query_vector is last.query_vector
    assert "nothing is marked" in verdict.summary


@pytest.mark.parametrize("picks", [[[3]], [[3], [7]], [[3], [], [7]]])
def test_one_pick_a_page_is_for_one_image_that_is_meant(picks: list[list[int]]) -> None:
    assert "shown next to them" in told(*(page(range(10), each) for each in picks))


@pytest.mark.parametrize(("ticks", "crosses"), [([3, 4], []), ([3], [4]), ([], [4]), ([], [1, 2])])
def test_several_marks_are_for_many_images(ticks: list[int], crosses: list[int]) -> None:
    assert "shown next to them" not in told(page(range(10), [5]), page(range(10), ticks, crosses))


def test_the_query_keeps_its_say() -> None:
    images = field()
    given = evidence(images, page(range(10), [3], [4]))
    alone = standardise(Auto(query_weight=0).rerank(given, images).scores)
    fused = Auto(query_weight=0.7).rerank(given, images).scores
    np.testing.assert_allclose(fused, alone + 0.7 * standardise(given.query_scores), atol=1e-4)


def test_strength_is_that_of_the_method_chosen() -> None:
    images = field()
    for pages in ([page(range(10), [3])], [page(range(10), [3, 5], [4])]):
        given = evidence(images, *pages)
        some, none = (Auto(strength=each).rerank(given, images).scores for each in (1, 0))
        assert np.abs(standardise(some) - standardise(none)).max() > 0.1
        assert order(none) == order(given.query_scores)


@pytest.mark.parametrize(
    "given", [{"query_weight": -1}, {"query_weight": float("nan")}, {"strength": -0.1}]
)
def test_parameters_that_cannot_be_meant(given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="query_weight and strength must be 0 or more"):
        Auto(**given)
