import numpy as np

from firs.evaluation.report import wins_and_losses

BEFORE = np.array([40.0, 900, 1, 5, 7, 80])
AFTER = np.array([1.0, 800, 30, 5, 9, 1])
GROUPS = np.array([0, 1, 2, 3, 4, 0])


def test_the_largest_changes_come_first() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 5)
    assert won == [5, 1]
    assert lost == [2, 4]
    assert (BEFORE[won[0]], AFTER[won[0]]) == (80, 1)
    assert (AFTER[won] < BEFORE[won]).all()
    assert (AFTER[lost] > BEFORE[lost]).all()


def test_at_most_the_requested_number_is_returned() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 1)
    assert (len(won), len(lost)) == (1, 1)


def test_equal_ranks_give_no_examples() -> None:
    assert wins_and_losses(BEFORE, BEFORE, GROUPS, 5) == ([], [])
