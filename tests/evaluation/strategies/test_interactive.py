import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import rounds_to_success
from firs.evaluation.ranks import ranks_in
from firs.evaluation.strategies.interactive import InteractiveRocchio
from tests.evaluation.benches import small_bench

BENCH = small_bench()
BLOCK = np.arange(len(BENCH.asked))


def share_found(strategy: InteractiveRocchio) -> list[float]:
    rounds = [ranks_in(scores, BENCH.relevant) for scores in strategy.start(BENCH).answers(BLOCK)]
    needed = rounds_to_success(rounds, strategy.shown)
    return [float(np.mean(needed <= number)) for number in range(len(rounds))]


def test_with_every_round_more_is_found() -> None:
    found = share_found(InteractiveRocchio(shown=5, rounds=4))
    assert len(found) == 5
    assert np.all(np.diff(found) >= 0)
    assert found[-1] > found[0]


def test_a_query_that_is_found_stays_as_it_is() -> None:
    first, second, *_ = InteractiveRocchio(shown=5).start(BENCH).answers(BLOCK)
    found = ranks_in(first, BENCH.relevant).first <= 5
    np.testing.assert_array_equal(first[found], second[found])


def test_what_was_seen_goes_to_the_end_unless_it_was_ticked() -> None:
    first, second = InteractiveRocchio(shown=5, rounds=1).start(BENCH).answers(BLOCK)
    lost = int(np.flatnonzero(ranks_in(first, BENCH.relevant).first > 5)[0])
    seen = np.argsort(-first[lost], kind="stable")[:5]
    assert np.sum(np.isneginf(second[lost, seen])) == 4
    assert np.sum(np.isneginf(second[lost])) == 4


def test_shown_again_nothing_goes_to_the_end() -> None:
    for scores in InteractiveRocchio(shown=5, rounds=2, again=True).start(BENCH).answers(BLOCK):
        assert np.isfinite(scores).all()


def test_over_bits_with_a_truthful_user() -> None:
    rounds = list(
        InteractiveRocchio(user="truthful", over="bits-mean", rounds=2).start(BENCH).answers(BLOCK)
    )
    assert len(rounds) == 3


def test_what_it_cannot_go_over() -> None:
    with pytest.raises(InputError, match="cannot go over the strategy 'rocchio'"):
        InteractiveRocchio(over="rocchio").start(BENCH)
    with pytest.raises(InputError, match="no user called 'nobody'"):
        InteractiveRocchio(user="nobody").start(BENCH)
