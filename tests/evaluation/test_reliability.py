import numpy as np
import pytest

from firs.evaluation.significance import auroc, calibration_error


def test_chances_that_are_kept() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(50_000)
    assert calibration_error(chances, rng.random(50_000) < chances) < 0.01


@pytest.mark.parametrize(
    ("chance", "share", "error"), [(0.9, 0.5, 0.4), (0.1, 1.0, 0.9), (1, 1, 0)]
)
def test_chances_that_are_not(chance: float, share: float, error: float) -> None:
    came = np.arange(100) < 100 * share
    assert calibration_error(np.full(100, float(chance)), came) == pytest.approx(error)


def test_bins_count_by_how_many_they_hold() -> None:
    chances = np.array([0.05] * 90 + [0.95] * 10)
    assert calibration_error(chances, np.zeros(100, bool)) == pytest.approx(0.9 * 0.05 + 0.1 * 0.95)


def test_how_often_one_kind_is_above_the_other() -> None:
    low, high = np.arange(5.0), np.arange(5.0) + 10
    assert auroc(high, low) == 1
    assert auroc(low, high) == 0
    assert auroc(low, low) == 0.5
    assert auroc(np.array([1.0, 3.0]), np.array([2.0, 2.0, 0.0])) == pytest.approx(4 / 6)
    assert auroc(np.ones(3), np.ones(4)) == 0.5
