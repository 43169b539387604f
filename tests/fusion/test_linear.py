import pytest

from firs.fusion import Ballots
from firs.fusion.comb import Linear
from tests.fusion.lists import ranked


def test_the_weighted_sum_of_scores_as_they_are() -> None:
    table = Ballots.of([ranked([1, 2], [0.9, 0.2]), ranked([2, 1], [5, 3])], [2, 0.1])
    assert Linear().points(table).tolist() == pytest.approx([2.1, 0.9])


def test_the_missing_score_as_the_last() -> None:
    table = Ballots.of([ranked([1, 2], [-0.1, -0.5]), ranked([3], [0.3])])
    assert Linear().points(table).tolist() == pytest.approx([0.2, -0.2, -0.2])
