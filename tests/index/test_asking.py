import numpy as np
import pytest
from numpy.typing import NDArray

from firs.errors import InputError
from firs.index.base import Scores
from firs.index.query import PreparedQuery, SubsetSelector, nearest

ENTRIES = SubsetSelector(np.array([3, 5, 9]))
SCORES = np.array([[0.5, 1.5, 0.5]], dtype=np.float32)


def find(asked: PreparedQuery, count: int) -> tuple[Scores, NDArray[np.int64]]:
    best = np.argsort(-SCORES, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(SCORES, best, axis=1), best


def refuse(asked: PreparedQuery, count: int) -> tuple[Scores, NDArray[np.int64]]:
    raise AssertionError


def test_what_is_found_has_ids_in_one_order_and_scores_within_bounds() -> None:
    ids, scores = nearest(ENTRIES, np.ones((1, 4), np.float32), 4, 2, None, find)
    assert ids.tolist() == [[5, 3]]
    assert scores.tolist() == [[1.0, 0.5]]


@pytest.mark.parametrize(
    ("rows", "entries"), [(0, ENTRIES), (2, SubsetSelector(np.array([], np.int64)))]
)
def test_where_nothing_can_be_found_nothing_is_searched(rows: int, entries: SubsetSelector) -> None:
    ids, scores = nearest(entries, np.ones((rows, 4), np.float32), 4, 2, None, refuse)
    assert ids.shape == scores.shape == (rows, min(2, len(entries)))


@pytest.mark.parametrize(("shape", "k"), [((1, 3), 1), ((4,), 1), ((1, 4), 0)])
def test_what_cannot_be_asked(shape: tuple[int, ...], k: int) -> None:
    with pytest.raises(InputError):
        nearest(ENTRIES, np.ones(shape, np.float32), 4, k, None, refuse)
