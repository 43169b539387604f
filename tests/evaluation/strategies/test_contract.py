"""What every strategy in the registry promises."""

import numpy as np
import pytest

from firs.evaluation.strategies import STRATEGIES, Strategy, StrategyCall
from tests.evaluation.benches import small_bench

BENCH = small_bench(indexed_captions=2)


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return StrategyCall(request.param).make()


def test_keeps_the_protocol(strategy: Strategy) -> None:
    assert isinstance(strategy, Strategy)


def test_every_round_scores_all_images(strategy: Strategy) -> None:
    rounds = list(strategy.start(BENCH).answers(np.arange(7)))
    assert rounds
    for scores in rounds:
        assert scores.shape == (7, 60)
        assert scores.dtype == np.float32
        assert not np.isnan(scores).any()


def test_a_query_is_answered_the_same_in_any_block(strategy: Strategy) -> None:
    answers = strategy.start(BENCH).answers
    together = list(answers(np.arange(9)))[-1]
    alone = list(answers(np.array([5])))[-1]
    np.testing.assert_allclose(together[5], alone[0], atol=1e-5)


def test_asked_twice_it_answers_the_same(strategy: Strategy) -> None:
    first, again = (list(strategy.start(BENCH).answers(np.arange(5)))[-1] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_later_rounds_leave_earlier_ones_as_they_were(strategy: Strategy) -> None:
    answers = strategy.start(BENCH).answers
    kept, copies = [], []
    for scores in answers(np.arange(20)):
        kept.append(scores)
        copies.append(scores.copy())
    for scores, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(scores, copy)
