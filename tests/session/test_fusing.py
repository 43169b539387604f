import numpy as np

from firs.feedback.base import standardise
from firs.session.refinement import fuse_scores, move_query, term_scores
from tests.feedback.marked import field

RNG = np.random.default_rng(1)
OLD = RNG.standard_normal(50).astype(np.float32)
PUSH = RNG.standard_normal(50).astype(np.float32)


def order(scores: np.ndarray) -> list[int]:
    places: list[int] = np.argsort(-scores, kind="stable").tolist()
    return places


def test_both_have_a_say() -> None:
    np.testing.assert_allclose(
        fuse_scores(OLD, [PUSH, PUSH]), standardise(OLD) + 2 * PUSH, rtol=1e-5
    )


def test_nothing_pushed_changes_no_rank() -> None:
    assert order(fuse_scores(OLD, [np.zeros_like(OLD)])) == order(OLD)
    assert order(fuse_scores(OLD, [])) == order(OLD)


def test_what_is_left_out_stays_out() -> None:
    old = OLD.copy()
    old[3] = -np.inf
    assert fuse_scores(old, [PUSH])[3] == -np.inf


def test_only_the_first_change_places_if_that_is_wanted() -> None:
    new = order(fuse_scores(OLD, [5 * PUSH], first=10))
    assert new != order(OLD)
    assert set(new[:10]) == set(order(OLD)[:10])
    assert new[10:] == order(OLD)[10:]
    assert order(fuse_scores(OLD, [PUSH], first=50)) == order(fuse_scores(OLD, [PUSH]))


def test_a_vector_pushes_what_is_like_it() -> None:
    images = field(30, 0)
    vector = images.rows(np.array([7]))[0]
    up, down = term_scores(images, vector, 1.0), term_scores(images, vector, -0.5)
    assert order(up)[0] == 7
    np.testing.assert_allclose(down, -up / 2, rtol=1e-5)
    assert abs(float(up.std()) - 1) < 1e-4


def test_the_query_moves_towards_what_is_added_and_never_vanishes() -> None:
    old, other = np.eye(4, dtype=np.float32)[:2]
    new = move_query(old, [other], [0.5])
    assert new @ other > 0
    assert abs(float(np.linalg.norm(new)) - 1) < 1e-6
    np.testing.assert_array_equal(move_query(old, [old], [-1.0]), old)
