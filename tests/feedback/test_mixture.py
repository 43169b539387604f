import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import CentredEmbeddings, FeedbackInput, FeedbackResult
from firs.feedback.bayes import Bayes
from firs.feedback.mixture import BLURS, PRIORS, Mixture, count_likely
from firs.search import EmbeddingMatrix
from firs.search.matrix import PopulationSample
from tests.feedback.marked import evidence, field, order, page, units

ALL = np.arange(40)


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def test_the_formula_is_model_averaging() -> None:
    """The average of the posteriors, each weighted by the probability it gave to the picks."""
    images = field()
    shown, picks = [[1, 2, 3, 4], [5, 9, 8]], [3, 9]
    told = evidence(images, *(page(s, [p]) for s, p in zip(shown, picks, strict=True)))
    like = images.likeness(images.directions(ALL)).astype(np.float64)
    query = (told.query_scores - told.query_scores.mean()) / told.query_scores.std()
    mean, total = np.zeros(40), 0.0
    for prior in PRIORS:
        for level in range(BLURS):
            belief, weight = softmax(2 * prior * query), 1.0
            for displayed, pick in zip(shown, picks, strict=True):
                chance = softmax(like[:, displayed] / (0.5 * 2**level))[:, displayed.index(pick)]
                weight *= belief @ chance
                belief = belief * chance / (belief @ chance)
            mean, total = mean + weight * belief, total + weight
    scores = Mixture(prior=2, blur=0.5, random_share=0).rerank(told, images).scores
    np.testing.assert_allclose(softmax(scores), mean / total, rtol=1e-3)


def test_consistent_picks_count_more_than_contradictory_ones() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((400, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    images = CentredEmbeddings(EmbeddingMatrix(np.arange(400), vectors))
    target, first = 399, np.zeros(400, dtype=np.float32)
    pages = [np.arange(at, at + 20) for at in range(0, 120, 20)]
    nearest = [shown[np.argmax(vectors[shown] @ vectors[target])] for shown in pages]
    anything = [int(rng.choice(shown)) for shown in pages]

    def still_likely(picks: list[int]) -> float:
        seen = [page(shown.tolist(), [pick]) for shown, pick in zip(pages, picks, strict=True)]
        told = FeedbackInput(vectors[0], first, FeedbackResult(first, ""), seen)
        result = Mixture(blur=0.5).rerank(told, images)
        assert result.still_likely is not None
        return result.still_likely

    assert still_likely(nearest) < 0.2 * still_likely(anything)


def test_the_number_of_likely_images_falls_with_each_pick() -> None:
    images = field(400)
    target = 399
    like = images.likeness(images.directions(np.array([target])))[:, 0]
    pages, counts = [], [count_likely(np.zeros(400, np.float32), [], images)]
    for at in range(0, 100, 20):
        shown = np.arange(at, at + 20)
        pages.append(page(shown.tolist(), [int(shown[np.argmax(like[shown])])]))
        result = Mixture().rerank(evidence(images, *pages), images)
        counts.append(result.still_likely or 0)
    assert counts[0] == pytest.approx(400)
    assert np.all(np.diff(counts) < 0)


def test_a_sample_counts_for_the_images_that_it_represents() -> None:
    vectors = units(30)
    population = PopulationSample(1_020, np.arange(30), np.arange(20, 30))
    images = CentredEmbeddings(EmbeddingMatrix(np.arange(30), vectors, population=population))
    assert count_likely(np.zeros(30, np.float32), [], images) == pytest.approx(1_020, rel=1e-3)
    assert count_likely(np.zeros(30, np.float32), [page(range(20))], images) == pytest.approx(1_000)


def test_nothing_is_likely_when_all_was_seen() -> None:
    images = field(10)
    seen = [page(range(10), [3])]
    assert Mixture().rerank(evidence(images, *seen), images).still_likely == 0


def test_a_long_page_is_sampled() -> None:
    """Most of what was shown stands for all of it, with about the same result."""
    images = field(400)
    told = evidence(images, page(range(100), [35]))
    some = Mixture().rerank(told, images).scores
    assert np.corrcoef(some, Bayes(prior=2, blur=1).rerank(told, images).scores)[0, 1] > 0.9


def test_an_error_costs_little() -> None:
    """The pick of the least similar image does not exclude the target."""
    images = field(200)
    like = images.likeness(images.directions(np.array([150])))[:, 0]
    wrong = int(np.argmin(like[:20]))
    told = evidence(images, page(range(20), [wrong]))
    ranks = [
        order(Mixture(random_share=errors, blur=0.1).rerank(told, images).scores).index(150)
        for errors in (0.0, 0.3)
    ]
    assert ranks[1] <= ranks[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"prior": 0}, "above 0, cross and strength 0 or more"),
        ({"blur": -1}, "above 0, cross and strength 0 or more"),
        ({"strength": float("nan")}, "above 0, cross and strength 0 or more"),
        ({"random_share": 1}, "0 or more and below 1"),
    ],
)
def test_invalid_parameters_are_rejected(given: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Mixture(**given)
