import pytest

from firs.fusion import Ballots
from firs.fusion.comb import CombSum
from tests.fusion.lists import ranked

TABLE = Ballots.of([ranked([1, 2, 3], [9, 6, 5]), ranked([3, 4], [0.4, 0.2])], [2, 1])


def test_the_weighted_sum() -> None:
    assert CombSum().points(TABLE).tolist() == pytest.approx([2, 0.5, 1, 0])
    assert CombSum("rank").points(TABLE).tolist() == pytest.approx([2, 4 / 3, 5 / 3, 0.5])


def test_the_missing_are_no_better_than_the_last() -> None:
    points = CombSum("z-score").points(TABLE)
    assert points[3] < points[2]
    assert points[3] == pytest.approx(2 * (5 - 20 / 3) / 1.6997 - 1, abs=1e-3)
