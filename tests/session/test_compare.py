import numpy as np
import pytest

from firs.feedback import FeedbackResult
from firs.session.compare import Change, compare_rounds
from firs.session.round import Round
from tests.session.grounds import ground

GROUND = ground(8)


def round_of(*order: int) -> Round:
    """A round with these ids in this order; what is not named is left out."""
    scores = np.full(8, -np.inf, dtype=np.float32)
    for rank, id_ in enumerate(order):
        scores[id_ - 1] = -rank
    return Round(0, None, "search", 1.0, 0, FeedbackResult(scores, ""), GROUND)


def test_what_rose_fell_came_and_left() -> None:
    told = compare_rounds(round_of(1, 2, 3, 4, 5, 6, 7, 8), round_of(4, 1, 7, 2, 3, 5, 6), 4)
    assert told.rose == (Change(4, 4, 1),)
    assert told.fell == (Change(2, 2, 4), Change(1, 1, 2))
    assert told.came == (Change(7, 7, 3),)
    assert told.left == (Change(3, 3, 5),)


def test_what_is_left_out_has_no_rank() -> None:
    told = compare_rounds(round_of(1, 2, 3), round_of(2, 4), 3)
    assert told.came == (Change(4, None, 2),)
    assert told.left == (Change(1, 1, None), Change(3, 3, None))
    assert told.rose == (Change(2, 2, 1),)


def test_the_greatest_rise_and_the_deepest_fall_first() -> None:
    told = compare_rounds(round_of(1, 2, 3, 4, 5, 6), round_of(6, 4, 3, 5, 2, 1), 6)
    assert [each.rise for each in told.rose] == [5, 2, 1]
    assert [each.rise for each in told.fell] == [-5, -3]


def test_one_round_with_itself() -> None:
    told = compare_rounds(round_of(3, 1, 2), round_of(3, 1, 2), 60)
    assert (told.rose, told.fell, told.came, told.left) == ((), (), (), ())


def test_nothing_is_left_in_one_of_them() -> None:
    assert compare_rounds(round_of(), round_of(2), 5).came == (Change(2, None, 1),)
    assert compare_rounds(round_of(2), round_of(), 5).left == (Change(2, 1, None),)
    assert compare_rounds(round_of(), round_of(), 5).left == ()


@pytest.mark.parametrize("change", [Change(1, None, 3), Change(1, 3, None)])
def test_what_is_left_out_of_one_did_not_rise(change: Change) -> None:
    assert change.rise == 0
