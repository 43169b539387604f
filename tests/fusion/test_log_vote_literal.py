import numpy as np
import pytest

from firs.fusion.positional import LogVoteLiteral
from tests.fusion.lists import ballots


def test_two_for_the_first_then_the_logarithm_of_one_over() -> None:
    points = LogVoteLiteral().points(ballots(range(6)))
    assert points.tolist() == pytest.approx([2, *(np.log(1 / (i + 1)) for i in range(1, 6))])


def test_in_two_lists_it_loses_to_what_is_hardly_in_one() -> None:
    in_two, last = 2, 10
    points = LogVoteLiteral().points(ballots([1, *range(3, 9), in_two], [9, in_two, last]))
    assert points[in_two - 1] < points[last - 1] < 0
