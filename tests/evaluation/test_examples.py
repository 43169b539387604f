import numpy as np

from firs.evaluation.measures import Ranks
from firs.evaluation.report import wins_and_losses
from firs.evaluation.runner import QueryOutcomes


def evidence(ranks: list[float]) -> QueryOutcomes:
    count = len(ranks)
    all_ranks = Ranks(np.arange(count), np.array(ranks), count, 1000)
    return QueryOutcomes([all_ranks], np.zeros((count, 3), int), np.zeros((count, 3), np.float32))


BEFORE = evidence([40, 900, 1, 5, 7, 80])
AFTER = evidence([1, 800, 30, 5, 9, 1])
GROUPS = np.array([0, 1, 2, 3, 4, 0])


def test_the_clearest_first() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 5)
    assert [example.query for example in won] == [5, 1]
    assert [example.query for example in lost] == [2, 4]
    assert (won[0].rank_before, won[0].rank_after) == (80, 1)
    assert won[0].is_win
    assert not lost[0].is_win


def test_no_more_than_asked_for() -> None:
    won, lost = wins_and_losses(BEFORE, AFTER, GROUPS, 1)
    assert (len(won), len(lost)) == (1, 1)


def test_nothing_changed() -> None:
    assert wins_and_losses(BEFORE, BEFORE, GROUPS, 5) == ([], [])
