import numpy as np
import pytest

from firs.errors import InputError
from firs.fusion import Ballots
from firs.fusion.majority import LIMIT, majorities
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
