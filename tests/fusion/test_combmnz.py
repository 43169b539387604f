import pytest

from firs.fusion import Ballots
from firs.fusion.comb import CombMnz, CombSum
from tests.fusion.lists import random_lists, ranked


def test_the_sum_times_the_number_of_lists() -> None:
    table = Ballots.of([ranked([1, 2, 3], [9, 6, 5]), ranked([2, 4], [0.4, 0.2])])
    assert CombMnz().points(table).tolist() == pytest.approx([1, 2 * 1.25, 0, 0])


def test_with_every_item_in_every_list_it_is_the_sum_again() -> None:
    table = Ballots.of(random_lists(0, count=3))
    assert CombMnz().points(table) == pytest.approx(3 * CombSum().points(table))


def test_two_low_places_are_no_worse_than_one_by_z_score() -> None:
    one = ranked([1, 2, 3], [3, 2, 1])
    points = CombMnz("z-score").points(Ballots.of([one, ranked([4, 5, 2], [3, 2, 1])]))
    assert points[1] > points[4]


def test_a_list_that_speaks_against_adds_to_no_count() -> None:
    table = Ballots.of([ranked([1, 2], [2, 1]), ranked([1, 3], [2, 1])], [1, -0.5])
    assert CombMnz().points(table).tolist() == [0.5, 0, 0]
