import numpy as np
from numpy.typing import NDArray

from firs.index.tuning import ProbeParams, tune_for_recall

EXACT = np.arange(10)[np.newaxis]


def found_late(lists: int, count: int) -> NDArray[np.int64]:
    """Half of what is exact stands in other lists, the rest after 120 others."""
    others = np.arange(100, 100 + count)
    others[120:125] = EXACT[0, :5]
    if lists >= 4:
        others[125:130] = EXACT[0, 5:]
    return others[np.newaxis]


def test_as_many_lists_and_rows_as_are_needed() -> None:
    reach = tune_for_recall(ProbeParams(50, 1), EXACT, found_late, (10_000, 8), 0.99)
    assert reach.lists == 4
    assert 130 <= reach.rescored <= 200


def test_less_is_asked_less_is_done() -> None:
    reach = tune_for_recall(ProbeParams(50, 1), EXACT, found_late, (10_000, 8), 0.5)
    assert reach.lists == 1


def test_never_less_than_before() -> None:
    assert tune_for_recall(ProbeParams(900, 8), EXACT, found_late, (10_000, 8), 0.5) == ProbeParams(
        900, 8
    )


def test_where_nothing_helps_it_looks_everywhere() -> None:
    def nothing(lists: int, count: int) -> NDArray[np.int64]:
        return np.full((1, count), 99)

    assert tune_for_recall(ProbeParams(50, 1), EXACT, nothing, (10_000, 8), 0.9) == ProbeParams(
        3200, 8
    )


def test_it_is_kept_as_an_array() -> None:
    assert ProbeParams.from_array(ProbeParams(300, 4).array()) == ProbeParams(300, 4)


def test_among_fewer_entries_more_lists() -> None:
    assert ProbeParams(200, 4).lists_among(10_000, 10_000, 64) == 4
    assert ProbeParams(200, 4).lists_among(1_000, 10_000, 64) == 40
    assert ProbeParams(200, 4).lists_among(10, 10_000, 64) == 64
    assert ProbeParams(200, 4).candidates(5, 100) == 100
