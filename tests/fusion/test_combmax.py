import pytest

from firs.fusion import Ballots
from firs.fusion.comb import CombMax
from tests.fusion.lists import ranked

LISTS = [ranked([1, 2, 3], [9, 6, 5]), ranked([3, 4], [0.4, 0.2])]


def test_the_largest_weighted_score() -> None:
    assert CombMax().points(Ballots.of(LISTS)).tolist() == [1, 0.25, 1, 0]
    assert CombMax().points(Ballots.of(LISTS, [1, 3])).tolist() == [1, 0.25, 3, 0]


def test_a_list_of_weight_0_says_nothing() -> None:
    table = Ballots.of(LISTS, [1, 0])
    assert CombMax("z-score").points(table)[1] == pytest.approx((6 - 20 / 3) / 1.6997, abs=1e-3)


def test_the_largest_against_is_taken_away() -> None:
    assert CombMax().points(Ballots.of(LISTS, [1, -3])).tolist() == [1, 0.25, -3, 0]
