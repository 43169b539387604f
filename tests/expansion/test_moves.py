import numpy as np
import pytest

from firs.errors import InputError
from firs.expansion import moves
from firs.expansion.moves import Move, Moves, together, towards
from tests.feedback.marked import units

TEXTS = units(500, seed=5)
MIDDLE = TEXTS.mean(axis=0)


def moved(queries: int = 1) -> Move:
    found = towards(units(queries, seed=1), MIDDLE, TEXTS)
    assert found is not None
    return found


def test_an_image_nears_the_query_that_it_was_accepted_for() -> None:
    query, move = units(1, seed=1)[0], moved()
    assert query @ move.shift > move.floor
    assert move.degrees == pytest.approx(moves.STEP, abs=1e-3)


def test_what_all_texts_share_moves_nothing() -> None:
    assert moved().shift @ MIDDLE == pytest.approx(0, abs=1e-6)


def test_most_texts_gain_nothing() -> None:
    gained = Moves(np.array([2]), [moved()]).score_changes(TEXTS)
    assert np.mean(gained > 0) == pytest.approx(1 - moves.SHARE, abs=0.002)


def test_the_queries_do_not_hold_one_another_down() -> None:
    queries = units(30, seed=1)
    subset, apart = (
        towards(queries, MIDDLE, texts) for texts in (np.concatenate([TEXTS, queries]), TEXTS)
    )
    assert subset is not None
    assert apart is not None
    assert subset.floor == pytest.approx(apart.floor)
    with pytest.raises(InputError, match="other texts"):
        towards(queries, MIDDLE, queries)


@pytest.mark.parametrize(("queries", "steps"), [(2, 2.0), (3, 3.0), (50, 3.0)])
def test_more_queries_move_it_further_but_not_without_end(queries: int, steps: float) -> None:
    assert moved(queries).degrees == pytest.approx(steps * moves.STEP, abs=1e-3)


def test_older_moves_fade_and_all_together_are_bounded() -> None:
    old, new = moved(), towards(units(1, seed=2), MIDDLE, TEXTS)
    assert new is not None
    both = together([old, new])
    np.testing.assert_allclose(both.shift, moves.DECAY * old.shift + new.shift, atol=1e-6)
    assert both.floor == pytest.approx(moves.DECAY * old.floor + new.floor)
    assert together([old] * 40).degrees <= moves.MOST + 1e-3
    assert together([old]).shift.tolist() == old.shift.tolist()


def test_queries_that_cancel_out_move_nothing() -> None:
    east = np.eye(4, dtype=np.float32)[:1]
    both = np.concatenate([east, -east])
    assert towards(both, np.zeros(4, np.float32), TEXTS[:, :4]) is None


def test_what_cannot_be_meant() -> None:
    with pytest.raises(InputError, match="needs 1 text or more"):
        towards(units(1), MIDDLE, TEXTS[:0])
    with pytest.raises(InputError, match="no move"):
        together([])
