import numpy as np
import pytest

from firs.errors import InputError
from firs.fusion import Ballots
from firs.fusion.ballots import check_norm, lowest, normalise
from tests.fusion.lists import ranked

TABLE = Ballots.of([ranked([1, 2, 3], [9, 6, 5]), ranked([3, 4], [0.4, 0.2])])


def test_min_max() -> None:
    scores, floor = normalise(TABLE, "min-max")
    np.testing.assert_allclose(scores, np.array([[1, 0.25, 0, 0], [0, 0, 1, 0]]))
    assert floor.tolist() == [[0], [0]]


def test_min_max_of_equal_scores() -> None:
    scores, _ = normalise(Ballots.of([ranked([1, 2], [3, 3]), ranked([7])]), "min-max")
    assert scores.tolist() == [[1, 1, 0], [0, 0, 1]]


def test_z_score() -> None:
    scores, floor = normalise(TABLE, "z-score")
    first = scores[0, :3]
    assert (first.mean(), first.std()) == pytest.approx((0, 1))
    assert scores[0, 3] == scores[0, 2] == floor[0, 0]
    np.testing.assert_allclose(scores[1], [-1, -1, 1, -1])


def test_z_score_of_equal_scores() -> None:
    scores, _ = normalise(Ballots.of([ranked([1, 2], [3, 3])]), "z-score")
    assert scores.tolist() == [[0, 0]]


def test_rank() -> None:
    scores, _ = normalise(TABLE, "rank")
    np.testing.assert_allclose(scores, [[1, 2 / 3, 1 / 3, 0], [0, 0, 1, 0.5]])


def test_the_lowest_of_each_list() -> None:
    table = Ballots.of([ranked([1, 2], [-1, -3]), ranked([])])
    assert lowest(table).tolist() == [[-3], [0]]


def test_no_such_normalisation() -> None:
    with pytest.raises(InputError, match=r"no normalisation 'sum'.*z-score"):
        check_norm("sum")
