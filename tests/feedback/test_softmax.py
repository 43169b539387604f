from dataclasses import replace

import numpy as np
import pytest

from firs.errors import InputError
from firs.feedback import FeedbackResult
from firs.feedback.pseudo import Softmax
from tests.feedback.marked import evidence, field, order


def test_the_best_pull_by_how_clearly_they_are_preferred() -> None:
    images = field()
    told = evidence(images)
    scores = Softmax(k=4, beta=0.7, temperature=0.8, strength=2).rerank(told, images).scores
    query = (told.query_scores - told.query_scores.mean()) / told.query_scores.std()
    best = order(told.query_scores)[:4]
    weights = np.exp(query[best] / 0.8)
    weights /= weights.sum()
    directions = images.directions(np.arange(40))
    pull = directions @ (weights @ directions[best]) / images.spread
    np.testing.assert_allclose(scores, query + 1.4 * pull, atol=1e-3)


def test_a_clear_winner_pulls_alone_and_equals_pull_alike() -> None:
    images = field()
    told = evidence(images)
    won, tied = np.full((2, 40), -1, dtype=np.float32)
    won[7] = 100
    tied[[7, 8]] = 100
    one = Softmax(k=5).rerank(replace(told, previous=FeedbackResult(won, "")), images).scores
    alone = Softmax(k=1).rerank(replace(told, previous=FeedbackResult(won, "")), images).scores
    np.testing.assert_allclose(one, alone, atol=1e-3)
    both = Softmax(k=2).rerank(replace(told, previous=FeedbackResult(tied, "")), images).scores
    query = (told.query_scores - told.query_scores.mean()) / told.query_scores.std()
    middle = images.directions(np.array([7, 8])).mean(axis=0, keepdims=True)
    np.testing.assert_allclose(both, query + 0.1 * images.likeness(middle)[:, 0], atol=1e-3)


def test_fewer_images_than_k() -> None:
    images = field(3)
    verdict = Softmax(k=10).rerank(evidence(images), images)
    assert verdict.summary.startswith("the best 3 ")


@pytest.mark.parametrize(
    "given", [{"k": 0}, {"beta": -1}, {"strength": -1}, {"temperature": 0}, {"temperature": -1}]
)
def test_parameters_that_cannot_be_meant(given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="takes K from 1"):
        Softmax(**given)  # type: ignore[arg-type]
