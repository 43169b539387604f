import numpy as np
import pytest

from firs.fusion.positional import LogVote
from tests.fusion.lists import ballots


def test_two_for_the_first_then_one_over_the_logarithm() -> None:
    points = LogVote().points(ballots(range(6)))
    assert points.tolist() == pytest.approx([2, *(1 / np.log2(i + 1) for i in range(1, 6))])


def test_the_missing_get_nothing() -> None:
    assert LogVote().points(ballots([1, 2], [2])).tolist() == [2, 3]


def test_weights() -> None:
    assert LogVote().points(ballots([1, 2], [2], weights=[1, 0.5])).tolist() == [2, 2]


def test_two_lists_are_better_than_none_and_better_than_one() -> None:
    points = LogVote().points(ballots([1, 2, 3], [4, 2, 3]))
    assert points[2] > 0
    assert points[1] >= points[0]
