import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import CentredEmbeddings, FeedbackInput, FeedbackResult
from firs.feedback.bayes import MOST, Bayes
from firs.search import EmbeddingMatrix
from tests.feedback.marked import evidence, field, order, page, units

ALL = np.arange(40)


def test_the_formula() -> None:
    images = field()
    told = evidence(images, page([1, 2, 3, 4], [3]), page([3, 9, 8], [9], [8]))
    scores = Bayes(prior=2, blur=1.5, cross=0.5, strength=0.8).rerank(told, images).scores

    like = images.likeness(images.directions(ALL)).astype(np.float64) / 1.5
    query = (told.query_scores - told.query_scores.mean()) / told.query_scores.std()
    picked = like[:, 3] - np.log(np.exp(like[:, [1, 2, 3, 4]]).sum(axis=1))
    picked += like[:, 9] - np.log(np.exp(like[:, [3, 9, 8]]).sum(axis=1))
    crossed = -like[:, 8] - np.log(np.exp(-like[:, [3, 9, 8]]).sum(axis=1))
    expected = 2 * query + 0.8 * (picked + 0.5 * crossed)
    np.testing.assert_allclose(scores, expected, atol=1e-2)


def test_one_that_could_not_have_been_missed_is_less_likely() -> None:
    images = field()
    told = evidence(images, page([10, 11], [10]))
    belief = (
        Bayes().rerank(told, images).scores - 1.5 * Bayes(strength=0).rerank(told, images).scores
    )
    assert belief[10] > belief[11]


def test_a_pick_among_images_alike_tells_little() -> None:
    images = CentredEmbeddings(
        EmbeddingMatrix(np.arange(3), np.concatenate([np.repeat(units(1), 2, 0), units(1, seed=9)]))
    )
    told = evidence(images, page([0, 1], [0]))
    moved = Bayes().rerank(told, images).scores - Bayes(strength=0).rerank(told, images).scores
    assert np.ptp(moved) == pytest.approx(0, abs=1e-3)


def test_what_was_shown_last_of_a_long_page_does_not_matter() -> None:
    images = field()
    long, short = (
        Bayes().rerank(evidence(images, page(range(shown), [35])), images).scores
        for shown in (40, MOST - 1)
    )
    np.testing.assert_array_equal(long, short)


def test_what_was_picked_counts_wherever_it_stood() -> None:
    images = field()
    shown = [each for each in range(40) if each != 39]
    beside = Bayes().rerank(evidence(images, page(shown, [39])), images).scores
    assert order(beside).index(39) < order(evidence(images).query_scores).index(39)


def test_a_page_is_worked_out_once_and_anew_for_other_parameters() -> None:
    images, seen = field(), page([1, 2], [1])
    Bayes().rerank(evidence(images, seen), images)
    [kept] = seen.cache.values()
    Bayes(strength=2).rerank(evidence(images, seen), images)
    assert list(seen.cache.values()) == [kept]
    Bayes(blur=1).rerank(evidence(images, seen), images)
    assert len(seen.cache) == 2


def test_many_images_and_fifty_picks_neither_underflow_nor_drown() -> None:
    many = 100_000
    vectors = np.random.default_rng(0).standard_normal((many, 8), dtype=np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    images = CentredEmbeddings(EmbeddingMatrix(np.arange(many), vectors.astype(np.float16)))
    first = images.table.scores(vectors[:1])[:, 0]
    meant = 77
    nearest = np.argsort(-(vectors[:5000] @ vectors[meant]))[1:51]
    pages = [
        page([int(pick), 4000 + at, 4100 + at], [int(pick)]) for at, pick in enumerate(nearest)
    ]
    scores = (
        Bayes()
        .rerank(FeedbackInput(vectors[0], first, FeedbackResult(first, ""), pages), images)
        .scores
    )
    assert np.all(np.isfinite(scores))
    assert len(np.unique(scores)) > many // 10
    nearness = vectors @ vectors[meant]
    best = order(scores)[:100]
    assert nearness[best].mean() > 0.8
    assert np.all(np.diff(scores[order(scores)]) <= 0)


@pytest.mark.parametrize(
    "given", [{"prior": 0}, {"blur": 0}, {"blur": -1}, {"cross": -1}, {"strength": float("nan")}]
)
def test_parameters_that_cannot_be_meant(given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="above 0, cross and strength 0 or more"):
        Bayes(**given)
