import numpy as np
import pytest

from firs.calibration.calibration import SHRINKAGE, KnownTexts
from tests.feedback.marked import units


def test_the_formula() -> None:
    known, texts = units(60).astype(np.float64), units(4, seed=1).astype(np.float64)
    covariance = np.cov(known.T, bias=True)
    covariance += SHRINKAGE * covariance.diagonal().mean() * np.eye(len(covariance))
    away = texts - known.mean(axis=0)
    squares = [row @ np.linalg.solve(covariance, row) for row in away]
    near = KnownTexts(known.astype(np.float32)).near(texts.astype(np.float32))
    np.testing.assert_allclose(near, -np.sqrt(squares), rtol=1e-4)


def test_one_strange_word_among_known_ones_leads_away() -> None:
    words, rng = np.linalg.qr(units(16))[0].astype(np.float32), np.random.default_rng(0)
    known = rng.normal(size=(400, 12)).astype(np.float32) @ words[:12]
    same = rng.normal(size=(50, 12)).astype(np.float32) @ words[:12]
    strange = same + 0.5 * words[14]
    near = KnownTexts(known).near
    assert near(strange).max() < near(same).min()


@pytest.mark.parametrize("count", [1, 3])
def test_few_texts_and_texts_that_are_all_the_same(count: int) -> None:
    same = np.repeat(units(1), count, axis=0)
    near = KnownTexts(same.astype(np.float16)).near(np.concatenate([same[:1], units(1, seed=1)]))
    assert np.isfinite(near).all()
    assert near[0] > near[1]
