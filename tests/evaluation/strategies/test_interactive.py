import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.measures import ranks_in, rounds_to_success
from firs.evaluation.strategies import StrategyCall
from firs.evaluation.strategies.interactive import Interactive
from tests.evaluation.benches import small_bench

BENCH = small_bench()
BLOCK = np.arange(len(BENCH.query_captions))


def made(text: str) -> Interactive:
    strategy = StrategyCall.parse(text).make()
    assert isinstance(strategy, Interactive)
    return strategy


def share_found(strategy: Interactive) -> list[float]:
    rounds = [ranks_in(scores, BENCH.relevant) for scores in strategy.start(BENCH).answers(BLOCK)]
    needed = rounds_to_success(rounds, strategy.shown)
    return [float(np.mean(needed <= number)) for number in range(len(rounds))]


def first_lost(scores: np.ndarray, shown: int) -> int:
    """The first query whose image is not on the first page."""
    return int(np.flatnonzero(ranks_in(scores, BENCH.relevant).first > shown)[0])


@pytest.mark.parametrize("method", ["auto", "rocchio", "bayes", "classifier", "next-page"])
def test_with_every_round_more_is_found(method: str) -> None:
    found = share_found(made(f"{method}(shown=5,rounds=4)"))
    assert len(found) == 5
    assert np.all(np.diff(found) >= 0)
    assert found[-1] > found[0]


def test_a_query_that_is_found_stays_as_it_is() -> None:
    first, second, *_ = made("rocchio(shown=5)").start(BENCH).answers(BLOCK)
    found = ranks_in(first, BENCH.relevant).first <= 5
    np.testing.assert_array_equal(first[found], second[found])


def test_what_was_seen_goes_to_the_end() -> None:
    first, second = made("rocchio(shown=5,rounds=1)").start(BENCH).answers(BLOCK)
    lost = first_lost(first, 5)
    seen = np.argsort(-first[lost], kind="stable")[:5]
    assert np.flatnonzero(np.isneginf(second[lost])).tolist() == sorted(seen.tolist())


def test_shown_again_nothing_goes_to_the_end() -> None:
    for scores in made("rocchio(shown=5,rounds=2,again=true)").start(BENCH).answers(BLOCK):
        assert np.isfinite(scores).all()


def test_a_page_passed_over_moves_all_others_up_and_loses_none() -> None:
    first, second = made("auto(user=passing,shown=1,rounds=1)").start(BENCH).answers(BLOCK)
    before, after = (ranks_in(scores, BENCH.relevant).first for scores in (first, second))
    np.testing.assert_array_equal(after, np.where(before > 1, before - 1, 1))


def test_where_nothing_is_marked_or_passed_over_nothing_moves() -> None:
    first, second = made("auto(user=silent,rounds=1,again=true)").start(BENCH).answers(BLOCK)
    np.testing.assert_array_equal(first, second)


def test_parameters_of_the_method_stand_among_those_of_the_user() -> None:
    assert made("rocchio(beta=1,shown=5)") == Interactive("rocchio(beta=1)", shown=5)
    assert made("next-page") == Interactive("none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rocchio(say=1)", "no parameter 'say'; it has: user, shown"),
        ("rocchio(beta=-1)", "β=-1"),
        ("bayes(shown=0)", "not shown=0"),
        ("bayes(strength=11)", "strength of feedback is from 0 to 10"),
    ],
)
def test_what_cannot_be_made(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        made(text)


def test_a_user_that_there_is_not() -> None:
    with pytest.raises(InputError, match="no user called 'nobody'"):
        Interactive(user="nobody").start(BENCH)
