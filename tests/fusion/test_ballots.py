import numpy as np

from firs.fusion import Ballots
from tests.fusion.lists import ranked


def test_one_row_a_list_one_column_an_item() -> None:
    table = Ballots.of([ranked([7, 3, 5], [0.9, 0.5, 0.1]), ranked([3, 9], [4, 2])], [1, 2])
    assert table.ids.tolist() == [3, 5, 7, 9]
    assert table.ranks.tolist() == [[2, 3, 1, 0], [1, 0, 0, 2]]
    np.testing.assert_allclose(
        table.scores, np.array([[0.5, 0.1, 0.9, 0], [4, 0, 0, 2]]), atol=1e-7
    )
    assert table.weights.tolist() == [1, 2]
    assert table.lengths.tolist() == [3, 2]


def test_the_missing_stand_together_behind_the_last() -> None:
    table = Ballots.of([ranked([1, 2]), ranked([3]), ranked([])])
    assert table.places.tolist() == [[1, 2, 3], [2, 2, 1], [1, 1, 1]]


def test_a_sum_does_not_depend_on_the_order_of_the_lists() -> None:
    rng = np.random.default_rng(0)
    votes, order = rng.random((7, 500)), rng.permutation(7)
    table = Ballots.of([ranked([1])] * 7, weights := list(rng.random(7)))
    shuffled = Ballots.of([ranked([1])] * 7, [weights[at] for at in order])
    np.testing.assert_array_equal(table.sum_weighted(votes), shuffled.sum_weighted(votes[order]))
