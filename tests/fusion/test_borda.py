from firs.fusion.positional import Borda
from tests.fusion.lists import ballots


def test_a_point_for_all_that_stand_behind_and_itself() -> None:
    assert Borda().points(ballots([3, 1, 2])).tolist() == [2, 1, 3]


def test_the_missing_share_what_is_left() -> None:
    points = Borda().points(ballots([1], [2, 3, 4, 1]))
    assert points.tolist() == [4 + 1, 2 + 4, 2 + 3, 2 + 2]


def test_each_list_gives_as_many_points() -> None:
    once = Borda().points(ballots([1, 2, 3, 4, 5], [2]))
    assert once.sum() == 2 * 15


def test_weights() -> None:
    assert Borda().points(ballots([1, 2], [2, 1], weights=[1, 3])).tolist() == [5, 7]
