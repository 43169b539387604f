"""What some images tell of all is near to what all would tell."""

import numpy as np
import pytest

from firs.calibration import Calibration
from firs.calibration.calibration import top_score_gap
from firs.feedback.base import standardise
from firs.search.matrix import PopulationSample, population_scores

COUNT, BEST, DRAWN = 20_000, 300, 2_000
ALL = (0.05 * np.random.default_rng(0).standard_normal(COUNT)).astype(np.float32)


def some() -> tuple[np.ndarray, PopulationSample, np.ndarray]:
    """The best, and a sample of which some are among them: scores, and where these are of all."""
    best = np.argsort(-ALL)[:BEST]
    drawn = np.random.default_rng(1).permutation(COUNT)[:DRAWN]
    places = np.union1d(best, drawn)
    here, only = np.searchsorted(places, drawn), np.searchsorted(places, np.setdiff1d(drawn, best))
    return ALL[places], PopulationSample(COUNT, here, only), places


def test_every_image_is_stood_for_once() -> None:
    scores, whole, _ = some()
    weights = whole.weights(len(scores))
    assert weights.sum() == pytest.approx(COUNT)
    assert set(np.flatnonzero(weights > 1)) == set(whole.only.tolist())


def test_where_all_are_here_each_stands_for_itself() -> None:
    every = np.arange(5)
    np.testing.assert_array_equal(PopulationSample(5, every, every).weights(5), 1)
    np.testing.assert_array_equal(PopulationSample(3, every, every).weights(5), 1)
    np.testing.assert_array_equal(PopulationSample(9, every, every[:0]).weights(5), 1)


def test_scores_by_which_all_are_told() -> None:
    scores, whole, places = some()
    np.testing.assert_array_equal(population_scores(scores, whole), ALL[places[whole.sample]])
    assert population_scores(scores, None) is scores
    assert population_scores(np.stack([scores, scores]), whole).shape == (2, DRAWN)


def test_scores_are_standardised_as_among_all() -> None:
    scores, whole, places = some()
    np.testing.assert_allclose(standardise(scores, whole), standardise(ALL)[places], atol=0.2)


def test_chances_are_those_among_all() -> None:
    scores, whole, places = some()
    meant = Calibration(60.0, min_top_score_gap=0.5)
    np.testing.assert_allclose(
        meant.probabilities(scores, whole), meant.probabilities(ALL)[places], rtol=0.05, atol=1e-9
    )
    assert meant.probabilities(scores).sum() == pytest.approx(1)


def test_the_best_stand_out_as_among_all() -> None:
    scores, whole, _ = some()
    assert top_score_gap(scores, whole) == pytest.approx(top_score_gap(ALL), abs=0.2)
    assert Calibration(60.0, min_top_score_gap=9.0).is_weak(scores, None, whole)
