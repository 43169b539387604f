import numpy as np
import pytest

from firs.errors import InputError
from firs.fusion import Ballots, Fusion, fuse, open_fusion
from firs.fusion.pairwise import LIMIT, Condorcet, MarkovChain4, majorities
from tests.fusion.lists import ballots, random_lists, ranked


def test_who_is_preferred_to_whom() -> None:
    assert majorities(ballots([1, 2, 3], [1, 3, 2], [2, 1, 3])).tolist() == [
        [0, 1, 1],
        [-1, 0, 1],
        [-1, -1, 0],
    ]


def test_held_beats_missing_and_two_missing_are_equal() -> None:
    assert majorities(ballots([1], [1, 2, 3], weights=[2, 1])).tolist()[0] == [0, 1, 1]
    assert majorities(ballots([1, 2, 3], [4], weights=[1, 2]))[3].tolist() == [1, 1, 1, 0]
    assert majorities(ballots([1], [2]))[0, 1] == 0


def test_no_majority_by_a_rounding_error() -> None:
    table = ballots([1, 2], [1, 2], [2, 1], weights=[0.1, 0.2, 0.3])
    assert not np.any(majorities(table))


def test_every_pair_has_two_sides() -> None:
    table = majorities(Ballots.of(random_lists(0, of=80)))
    np.testing.assert_array_equal(table, -table.T)


def test_more_than_can_be_compared() -> None:
    with pytest.raises(InputError, match="fuse shorter lists"):
        majorities(Ballots.of([ranked(range(LIMIT + 1))]))


FIGHTING = [Condorcet, MarkovChain4]


@pytest.mark.parametrize("fusion", FIGHTING)
def test_the_best_fight_and_the_others_follow_as_borda_has_them(
    fusion: type[Condorcet] | type[MarkovChain4],
) -> None:
    lists = random_lists(1, count=5, of=70)
    by_borda = fuse(lists, "borda").ids.tolist()
    some = fuse(lists, fusion(duels=20)).ids.tolist()
    assert sorted(some[:20]) == sorted(by_borda[:20])
    assert some[:20] != by_borda[:20]
    assert some[20:] == by_borda[20:]


@pytest.mark.parametrize("fusion", FIGHTING)
def test_none_lets_all_fight(fusion: type[Condorcet] | type[MarkovChain4]) -> None:
    lists = random_lists(2, count=5, of=70)
    everyone = fuse(lists, fusion(duels=None))
    assert everyone.ids.tolist() == fuse(lists, fusion(duels=70)).ids.tolist()
    assert everyone.ids.tolist() != fuse(lists, fusion(duels=20)).ids.tolist()


@pytest.mark.parametrize("fusion", [open_fusion("condorcet"), open_fusion("mc4")])
def test_equals_beyond_the_cut_stay_equal(fusion: Fusion) -> None:
    lists = [ranked(range(at, 400, 4)) for at in range(4)]
    fused = fuse(lists, fusion)
    assert fused.ids.tolist() == list(range(400))
    assert np.unique(fused.scores[200:]).size == 50


@pytest.mark.parametrize("fusion", FIGHTING)
def test_more_images_than_can_all_fight(
    fusion: type[Condorcet] | type[MarkovChain4],
) -> None:
    ranking = ranked(range(LIMIT + 1))
    assert fuse([ranking], fusion()).ids.tolist() == ranking.ids.tolist()
    with pytest.raises(InputError, match="let fewer fight"):
        fuse([ranking], fusion(duels=None))
    with pytest.raises(InputError, match="not 0"):
        fusion(duels=0)
