"""What every method of feedback in the registry promises."""

from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import (
    DEFAULT,
    FEEDBACKS,
    CentredEmbeddings,
    Feedback,
    FeedbackInput,
    open_feedback,
)
from firs.search import EmbeddingMatrix
from tests.feedback.marked import evidence, field, order, page, units

BLIND = {"pseudo", "softmax", "none"}
"""They guess, or do nothing, whatever was marked."""


@pytest.fixture(params=list(FEEDBACKS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=sorted(set(FEEDBACKS) - BLIND))
def reader(request: pytest.FixtureRequest) -> str:
    """A method that reads marks."""
    return str(request.param)


def marked(images: CentredEmbeddings) -> FeedbackInput:
    """Two pages with several marks."""
    last = len(images) - 1
    return evidence(images, page(range(10), [3, 7], [1]), page([4, 5, last], [last]))


def test_keeps_the_protocol(name: str) -> None:
    method = open_feedback(name, 0.5)
    assert isinstance(method, Feedback)
    assert method.strength == 0.5
    assert method.reads_marks == (name not in BLIND)
    assert replace(method, strength=0.5) == method  # type: ignore[type-var]


def test_a_finite_number_an_image_and_a_line_for_the_person(name: str) -> None:
    images = field()
    verdict = open_feedback(name).rerank(marked(images), images)
    assert verdict.scores.shape == (40,)
    assert verdict.scores.dtype == np.float32
    assert np.all(np.isfinite(verdict.scores))
    assert verdict.summary.strip()
    assert "\n" not in verdict.summary
    assert verdict.query_vector is None or verdict.query_vector.shape == (16,)


def test_the_same_again_to_the_last_bit(name: str) -> None:
    first, second = (
        open_feedback(name).rerank(marked(images), images) for images in (field(), field())
    )
    np.testing.assert_array_equal(first.scores, second.scores)
    assert first.summary == second.summary


def test_a_page_that_was_judged_is_judged_the_same_again(name: str) -> None:
    images = field()
    told = marked(images)
    first, second = (open_feedback(name).rerank(told, images).scores for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_nothing_is_changed_but_what_a_page_may_keep(name: str) -> None:
    images = field()
    told = marked(images)
    before = (told.query.copy(), told.query_scores.copy(), told.previous.scores.copy())
    open_feedback(name).rerank(told, images)
    for was, now in zip(before, (told.query, told.query_scores, told.previous.scores), strict=True):
        np.testing.assert_array_equal(was, now)


def test_marks_of_no_strength_leave_the_order_of_the_query(reader: str) -> None:
    images = field()
    told = marked(images)
    scores = open_feedback(reader, 0).rerank(told, images).scores
    assert order(scores) == order(told.query_scores)


def test_without_marks_a_reader_keeps_the_order(reader: str) -> None:
    images = field()
    told = evidence(images, page(range(10)))
    assert order(open_feedback(reader).rerank(told, images).scores) == order(told.query_scores)


def test_who_does_not_read_marks_says_the_same_with_other_marks() -> None:
    images = field()
    for name in BLIND:
        told = [
            evidence(images, page(range(10), ticks, crosses))
            for ticks, crosses in (([], []), ([2, 3], []), ([], [4]))
        ]
        some = [open_feedback(name).rerank(each, images).scores for each in told]
        np.testing.assert_array_equal(some[0], some[1])
        np.testing.assert_array_equal(some[0], some[2])


@pytest.mark.parametrize("place", [0, 9, 20, 39])
def test_what_is_ticked_does_not_fall(reader: str, place: int) -> None:
    for seed in range(5):
        images = field(seed=seed)
        given = evidence(images, page([place, 1, 2], [place]))
        after = order(open_feedback(reader).rerank(given, images).scores)
        assert after.index(place) <= order(given.query_scores).index(place), seed


@pytest.mark.parametrize("place", [0, 9, 20, 39])
def test_what_is_crossed_does_not_rise(reader: str, place: int) -> None:
    for seed in range(5):
        images = field(seed=seed)
        given = evidence(images, page([place, 1, 2], [], [place]))
        after = order(open_feedback(reader).rerank(given, images).scores)
        assert after.index(place) >= order(given.query_scores).index(place), seed


def test_the_order_of_the_images_does_not_matter(name: str) -> None:
    vectors, by = units(30), np.random.default_rng(5).permutation(30)
    at = np.argsort(by)  # where each image stands now
    old, new = (
        CentredEmbeddings(EmbeddingMatrix(np.arange(30), each)) for each in (vectors, vectors[by])
    )
    shown, ticks, crosses = [4, 9, 2, 8], [9, 2], [4]
    before = open_feedback(name).rerank(evidence(old, page(shown, ticks, crosses)), old)
    after = open_feedback(name).rerank(
        evidence(new, page(at[shown].tolist(), at[ticks].tolist(), at[crosses].tolist())), new
    )
    np.testing.assert_allclose(after.scores, before.scores[by], atol=1e-3)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_images(name: str, count: int) -> None:
    images = field(count)
    told = evidence(images, page(range(count), [0], range(1, count)))
    if name == "pseudo":
        with pytest.raises(InputError, match="must be from 1 to"):
            open_feedback(name).rerank(told, images)
        return
    scores = open_feedback(name).rerank(told, images).scores
    assert scores.shape == (count,)
    assert np.all(np.isfinite(scores))


@pytest.mark.parametrize("side", ["ticked", "crossed"])
def test_all_images_on_one_side(name: str, side: str) -> None:
    images, all_of_them = field(25), range(25)
    both = (all_of_them, ()) if side == "ticked" else ((), all_of_them)
    told = evidence(images, page(all_of_them, *both))
    assert np.all(np.isfinite(open_feedback(name, 10).rerank(told, images).scores))


def test_images_that_are_all_the_same(name: str) -> None:
    images = CentredEmbeddings(EmbeddingMatrix(np.arange(12), np.repeat(units(1), 12, axis=0)))
    told = evidence(images, page(range(6), [0], [1]))
    scores = open_feedback(name, 10).rerank(told, images).scores
    assert np.ptp(scores) == pytest.approx(0, abs=0.05)


def test_an_image_that_is_not_to_be_found_stays_so(reader: str) -> None:
    images = field()
    told = marked(images)
    first = told.query_scores.copy()
    first[[5, 11]] = -np.inf
    scores = open_feedback(reader).rerank(replace(told, query_scores=first), images).scores
    assert np.isneginf(scores).nonzero()[0].tolist() == [5, 11]
    assert not np.isnan(scores).any()


@pytest.mark.parametrize("strength", [-0.1, 10.5, float("nan"), float("inf")])
def test_a_strength_that_cannot_be_meant(name: str, strength: float) -> None:
    with pytest.raises(InputError, match="from 0 to 10"):
        open_feedback(name, strength)


def test_the_usual_method_is_one_and_others_are_none() -> None:
    assert DEFAULT in FEEDBACKS
    with pytest.raises(InputError, match="no feedback called 'wish'"):
        open_feedback("wish")
