import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firs.errors import InputError
from firs.feedback.classifier import Classifier, Fit
from tests.feedback.marked import evidence, field, order, page


def problem(marks: int, scale: float, seed: int) -> Fit:
    some = np.random.default_rng(seed)
    directions = some.standard_normal((marks, 6))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    targets = some.integers(0, 2, marks).astype(np.float64)
    return Fit(
        scale * directions @ directions.T,
        some.normal(-4, 2, marks),
        targets,
        np.where(targets > 0, 1, 0.05),
    )


@settings(max_examples=200)
@given(st.integers(1, 30), st.floats(-2, 6), st.integers(0, 10**6))
def test_the_fit_has_no_slope_however_alike_the_marks_are(
    marks: int, magnitude: float, seed: int
) -> None:
    fit = problem(marks, 10**magnitude, seed)
    weights = fit.least()
    slope = fit.kernel @ (weights - fit.surprise(weights))
    assert np.abs(slope).max() < 1e-5 * max(1, 10**magnitude)


@pytest.mark.parametrize("scale", [0.1, 1, 10, 100])
@pytest.mark.parametrize("seed", range(3))
def test_no_small_step_leads_lower(scale: float, seed: int) -> None:
    fit, some = problem(12, scale, seed), np.random.default_rng(seed)
    weights = fit.least()
    for size in (1e-3, 1e-1, 1):
        for _ in range(20):
            aside = weights + size * some.standard_normal(12)
            assert fit.loss(aside) >= fit.loss(weights) - 1e-9


def test_the_slope_is_that_of_the_loss() -> None:
    fit, some = problem(5, 3, 0), np.random.default_rng(1)
    weights = some.standard_normal(5)
    slope = fit.kernel @ (weights - fit.surprise(weights))
    for at in range(5):
        step = 1e-6 * np.eye(5)[at]
        measured = (fit.loss(weights + step) - fit.loss(weights - step)) / 2e-6
        assert measured == pytest.approx(slope[at], abs=1e-4)


def test_generic_gradient_descent_comes_to_the_same_model() -> None:
    """In the 16 weights of the model itself instead of those of the marks."""
    images = field()
    ticks, crosses = [3, 8, 21], [5, 11]
    told = evidence(images, page(range(25), ticks, crosses))
    method = Classifier(loose=0.3, cross=0.5, bias=2)
    directions = images.directions(np.arange(40)).astype(np.float64) / images.spread
    prior = ((told.query_scores - told.query_scores.mean()) / told.query_scores.std()).astype(
        np.float64
    )
    marks, targets = ticks + crosses, np.array([1, 1, 1, 0, 0])
    costs = np.where(targets > 0, 1, 0.5)
    weights = np.zeros(16)
    for _ in range(20_000):
        values = prior[marks] - 2 + directions[marks] @ weights
        wrong = costs * (1 / (1 + np.exp(-values)) - targets)
        weights -= 0.01 * (directions[marks].T @ wrong + weights / 0.3)
    scores = method.rerank(told, images).scores
    np.testing.assert_allclose(scores, prior + directions @ weights, atol=5e-3)


def test_marks_that_the_query_explains_move_little() -> None:
    images = field()
    first = evidence(images).query_scores
    top, last = int(np.argmax(first)), int(np.argmin(first))
    expected, surprising = (
        np.abs(
            Classifier(bias=0).rerank(evidence(images, page([each], [each])), images).scores
            - Classifier(strength=0).rerank(evidence(images, page([each], [each])), images).scores
        ).max()
        for each in (top, last)
    )
    assert expected < surprising


def test_ticks_and_crosses_that_contradict_each_other_are_survived() -> None:
    images = field()
    told = evidence(images, page(range(40), range(0, 40, 2), range(1, 40, 2)))
    scores = Classifier(loose=1000, cross=1, strength=10).rerank(told, images).scores
    assert np.all(np.isfinite(scores))


def test_crosses_that_count_nothing_change_nothing() -> None:
    images = field()
    told = evidence(images, page([1, 2], [], [1, 2]))
    assert order(Classifier(cross=0).rerank(told, images).scores) == order(told.query_scores)


@pytest.mark.parametrize("given", [{"loose": 0}, {"cross": -1}, {"bias": float("inf")}])
def test_parameters_that_cannot_be_meant(given: dict[str, float]) -> None:
    with pytest.raises(InputError, match="loose is above 0"):
        Classifier(**given)
