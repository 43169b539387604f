import numpy as np
import pytest

from firs.errors import InputError
from firs.expansion.captions import Balance, Captions
from tests.feedback.marked import units

OWNERS = np.array([1, 1, 4])


def captions(balance: Balance | None = None) -> Captions:
    return Captions(units(3, seed=1), OWNERS, units(32, seed=2), balance)


def test_the_formula() -> None:
    query, images = units(1, seed=3), units(9)
    scores = query @ images.T
    told = np.concatenate([units(3, seed=1), units(32, seed=2)]) @ query[0]
    nearest = (np.array([told[:2].max(), told[2]]) - told.mean()) / told.std()
    own = (scores[0, [1, 4]] - scores.mean()) / scores.std()
    beyond = nearest - 0.5 * own - 0.25
    assert (beyond > 0).tolist() == [True, False]
    expected = 0.75 * scores.std() * np.where(beyond > 0, beyond, 0.3 * beyond)
    made = captions(Balance(0.75, 0.5, 0.25))
    np.testing.assert_allclose(made.score_changes(query, scores)[0], expected, atol=1e-5)
    assert made.places.tolist() == [1, 4]
    assert len(made) == 3


def test_a_caption_that_says_what_was_asked_raises_its_image_alone() -> None:
    query = units(3, seed=1)[2:]
    scores = query @ units(9).T
    added = captions().score_changes(query, scores)[0]
    assert added[1] > 0
    assert added[1] > added[0]


def test_queries_one_by_one_or_at_once() -> None:
    queries, made = units(5, seed=4), captions()
    scores = queries @ units(9).T
    alone = [made.score_changes(queries[at : at + 1], scores[at : at + 1])[0] for at in range(5)]
    np.testing.assert_allclose(made.score_changes(queries, scores), alone, atol=1e-6)


def test_the_nearest_of_an_image() -> None:
    texts = units(3, seed=1)
    assert [captions().nearest(texts[at], 0) for at in (0, 1)] == [0, 1]
    assert captions().nearest(texts[0], 1) == 2


def test_one_caption_has_a_scale_because_of_other_texts() -> None:
    query = units(1, seed=1)
    made = Captions(query, np.array([3]), units(32, seed=2))
    assert made.score_changes(query, query @ units(9).T)[0, 0] > 0


def test_alike_scores_move_nothing() -> None:
    query, same = units(1), np.ones((1, 9), np.float32)
    assert np.isfinite(captions().score_changes(query, same)).all()
    assert np.abs(captions().score_changes(query, same)).max() < 1e-4


@pytest.mark.parametrize("owners", [[], [4, 1]])
def test_entries_come_by_image(owners: list[int]) -> None:
    with pytest.raises(InputError, match="ordered as the images"):
        Captions(units(len(owners) or 1)[: len(owners)], np.array(owners, np.int64), units(2))
