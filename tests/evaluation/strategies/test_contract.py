"""What every strategy in the registry promises."""

import numpy as np
import pytest

from firs.errors import InputError
from firs.evaluation.strategies import STRATEGIES, Strategy, StrategyCall, parse_strategies
from firs.evaluation.strategies.interactive import Pseudo
from tests.evaluation.evaluation_sets import small_evaluation_set

SMALL = small_evaluation_set(indexed_captions=2)


@pytest.fixture(params=list(STRATEGIES))
def strategy(request: pytest.FixtureRequest) -> Strategy:
    return StrategyCall(request.param).make()


def test_keeps_the_protocol(strategy: Strategy) -> None:
    assert isinstance(strategy, Strategy)


def test_every_round_scores_all_images(strategy: Strategy) -> None:
    rounds = list(strategy.start(SMALL).answers(np.arange(7)))
    assert rounds
    for scores in rounds:
        assert scores.shape == (7, 60)
        assert scores.dtype == np.float32
        assert not np.isnan(scores).any()


def test_a_query_is_answered_the_same_in_any_block(strategy: Strategy) -> None:
    answers = strategy.start(SMALL).answers
    together = list(answers(np.arange(9)))[-1]
    alone = list(answers(np.array([5])))[-1]
    np.testing.assert_allclose(together[5], alone[0], atol=1e-5)


def test_repeated_runs_give_the_same_scores(strategy: Strategy) -> None:
    first, again = (list(strategy.start(SMALL).answers(np.arange(5)))[-1] for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_later_rounds_do_not_change_earlier_scores(strategy: Strategy) -> None:
    answers = strategy.start(SMALL).answers
    kept, copies = [], []
    for scores in answers(np.arange(20)):
        kept.append(scores)
        copies.append(scores.copy())
    for scores, copy in zip(kept, copies, strict=True):
        np.testing.assert_array_equal(scores, copy)


def test_names_and_parameters() -> None:
    calls = parse_strategies("none, pseudo(p=5,beta=1, over=bits-mean) ,bits-mean")
    assert calls == (
        StrategyCall("none"),
        StrategyCall("pseudo", {"p": 5, "beta": 1, "over": "bits-mean"}),
        StrategyCall("bits-mean"),
    )
    assert calls[1].make() == Pseudo(p=5, beta=1, over="bits-mean")


@pytest.mark.parametrize("text", ["none", "pseudo(p=5,b=10)", "rocchio(again=True,noise=0.1)"])
def test_written_content_reads_back(text: str) -> None:
    (call,) = parse_strategies(text)
    assert str(call) == text


@pytest.mark.parametrize("text", ["", "none,", "none pseudo", "pseudo(p=5", "pseudo((p=1))", "3"])
def test_malformed_strategies_are_rejected(text: str) -> None:
    with pytest.raises(InputError, match="There are: none, bits-mean"):
        parse_strategies(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "no strategy called 'nothing'"),
        ("pseudo(q=5)", "no parameter 'q'; it has: p, b, rounds"),
        ("pseudo(p=three)", "p should be like 3, not 'three'"),
        ("pseudo(p=2.5)", "p should be like 3, not 2.5"),
        ("rocchio(again=1)", "again should be like False, not 1"),
        ("rocchio(noise=true)", "noise should be like 0.0, not True"),
        ("pseudo(alpha=-1)", "α=-1"),
        ("pseudo(b=-1)", "0 or more, not b=-1"),
        ("rocchio(shown=0)", "not shown=0"),
        ("rocchio(noise=-0.1)", "0 or more, not noise=-0.1"),
        ("none(p=1)", "it has: none"),
    ],
)
def test_what_cannot_be_made(text: str, message: str) -> None:
    from tests.evaluation.evaluation_sets import small_evaluation_set

    with pytest.raises(InputError, match=message):
        list(
            parse_strategies(text)[0]
            .make()
            .start(small_evaluation_set())
            .answers(small_evaluation_set().query_captions)
        )


def test_a_parameter_without_a_value() -> None:
    with pytest.raises(InputError, match=r"pseudo\(key=value\), not 'p'"):
        parse_strategies("pseudo(p)")
