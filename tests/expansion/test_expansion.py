import numpy as np

from firs.expansion import Captions, Expansion, Moves
from firs.expansion.moves import Move
from tests.feedback.marked import units

QUERY = units(1, seed=7)[0]
SCORES = units(6) @ QUERY
CAPTIONS = Captions(np.stack([units(1, seed=9)[0], QUERY]), np.array([2, 5]), units(32, seed=2))
MOVES = Moves(np.array([0, 2]), [Move(0.1 * QUERY, 0.02), Move(-0.1 * QUERY, 0.0)])
WORDS = ["a cat", "a dog"]


def both() -> Expansion:
    return Expansion("m", CAPTIONS, WORDS.__getitem__, MOVES, [("a dog",), ("a cow",)].__getitem__)


def test_others_score_what_they_did() -> None:
    after = both().apply(QUERY, SCORES).scores
    assert after[[1, 3, 4]].tolist() == SCORES[[1, 3, 4]].tolist()
    assert after.dtype == np.float32


def test_both_are_added() -> None:
    after = both().apply(QUERY, SCORES).scores
    by_words = CAPTIONS.score_changes(QUERY[np.newaxis], SCORES[np.newaxis])[0]
    assert after[0] == np.float32(SCORES[0] + np.float32(0.08))
    np.testing.assert_allclose(after[2], SCORES[2] + by_words[0] - 0.03, atol=1e-6)
    np.testing.assert_allclose(after[5], SCORES[5] + by_words[1], atol=1e-6)


def test_several_texts_at_once() -> None:
    queries = units(3, seed=8)
    scores = queries @ units(6).T
    alone = [both().apply(q, s).scores for q, s in zip(queries, scores, strict=True)]
    np.testing.assert_allclose(both().of_many(queries, scores), alone, atol=1e-6)


def test_what_rose_is_told_why_and_what_fell_is_not() -> None:
    applied = both().apply(QUERY, SCORES)
    [words] = applied.through(5)
    assert (words.by, words.texts) == ("words", ("a dog",))
    assert words.added > 0
    [move] = applied.through(0)
    assert (move.by, move.texts) == ("moved", ("a dog",))
    assert applied.through(1) == ()
    assert "moved" not in [each.by for each in applied.through(2)]


def test_nothing_known_changes_nothing() -> None:
    applied = Expansion().apply(QUERY, SCORES)
    assert applied.scores.tolist() == SCORES.tolist()
    assert applied.through(3) == ()
