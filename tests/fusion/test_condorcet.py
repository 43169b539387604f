from firs.fusion.pairwise import Condorcet
from tests.fusion.lists import ballots


def test_duels_won_less_duels_lost() -> None:
    points = Condorcet().points(ballots([1, 2, 3], [1, 3, 2], [2, 1, 3]))
    assert points.tolist() == [2, 0, -2]


def test_whoever_wins_every_duel_comes_first_though_it_has_few_first_places() -> None:
    points = Condorcet().points(ballots([1, 3, 2], [2, 3, 1], [3, 1, 2]))
    assert points.argmax() == 2


def test_in_a_circle_all_are_equal() -> None:
    assert Condorcet().points(ballots([1, 2, 3], [2, 3, 1], [3, 1, 2])).tolist() == [0, 0, 0]
