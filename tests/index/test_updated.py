import numpy as np
import pytest

from firs.errors import InputError
from firs.index import KINDS, Index, StoredIndex, open_index_type
from firs.index.exact import ExactFloat32Index, ExactIndex, OverlayIndex
from tests.index.test_contract import DIM, unit

IDS = np.arange(300)
BEFORE = unit(300, 0)
GONE = np.arange(0, 300, 10)
CHANGED = np.arange(5, 300, 10)
NEW = np.arange(1000, 1040)
QUERIES = unit(20, 1)


@pytest.fixture(params=KINDS)
def built(request: pytest.FixtureRequest) -> StoredIndex:
    return open_index_type(request.param).build(IDS, BEFORE)


def updated(built: StoredIndex) -> Index:
    fresh = np.concatenate([CHANGED, NEW])
    return OverlayIndex(built, np.concatenate([GONE, fresh]), fresh, unit(len(fresh), 2))


def afresh(like: StoredIndex) -> Index:
    """The same entries, built at once and searched exactly."""
    kind = ExactFloat32Index if isinstance(like, ExactFloat32Index) else ExactIndex
    ids = np.concatenate([np.setdiff1d(IDS, np.concatenate([GONE, CHANGED])), CHANGED, NEW])
    old = BEFORE[ids[: -len(CHANGED) - len(NEW)]]
    return kind.build(ids, np.concatenate([old, unit(len(CHANGED) + len(NEW), 2)]))


@pytest.mark.parametrize("subset", [None, np.arange(250, 1020), CHANGED, GONE])
def test_it_answers_as_one_that_was_built_afresh(
    built: StoredIndex, subset: np.ndarray | None
) -> None:
    index = updated(built)
    ids, scores = index.search(QUERIES, 30, subset)
    expected = afresh(built).search(QUERIES, 30, subset)
    np.testing.assert_array_equal(ids, expected[0])
    np.testing.assert_allclose(scores, expected[1], atol=1e-3)


def test_it_tells_what_it_holds(built: StoredIndex) -> None:
    index = updated(built)
    assert isinstance(index, Index)
    assert (len(index), index.dim) == (300 - 30 + 40, DIM)
    assert index.search(QUERIES, 999)[0].shape == (20, 310)


def test_what_was_built_stays_as_it_was(built: StoredIndex) -> None:
    before = built.search(QUERIES, 9)
    updated(built)
    assert len(built) == 300
    np.testing.assert_array_equal(built.search(QUERIES, 9)[0], before[0])


def test_all_may_go_and_none_come(built: StoredIndex) -> None:
    nothing = OverlayIndex(built, IDS, IDS[:0], BEFORE[:0])
    assert len(nothing) == 0
    assert nothing.search(QUERIES, 9)[0].shape == (20, 0)


def test_equal_scores_stand_in_the_order_of_ids() -> None:
    same = np.repeat(unit(1, 3), 10, axis=0)
    built = ExactIndex.build(np.arange(0, 20, 2), same)
    index = OverlayIndex(built, np.arange(1, 20, 2), np.arange(1, 20, 2), same)
    assert index.search(QUERIES, 7)[0].tolist() == [list(range(7))] * 20


def test_full_precision_stays_so() -> None:
    fresh = unit(1, 4)
    index = OverlayIndex(ExactFloat32Index.build(IDS, BEFORE), NEW[:1], NEW[:1], fresh)
    assert index.search(fresh, 1)[1][0, 0] == pytest.approx(1, abs=1e-6)


def test_bad_questions(built: StoredIndex) -> None:
    with pytest.raises(InputError, match="k must be 1 or more"):
        updated(built).search(QUERIES, 0)
    with pytest.raises(InputError, match="zero or not finite"):
        updated(built).search(0 * QUERIES, 3)
