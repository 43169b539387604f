import pytest

from firs.errors import InputError
from firs.evaluation.strategies import StrategyCall, parse_strategies
from firs.evaluation.strategies.interactive import Pseudo


def test_names_and_parameters() -> None:
    calls = parse_strategies("none, pseudo(p=5,beta=1, over=bits-mean) ,bits-mean")
    assert calls == (
        StrategyCall("none"),
        StrategyCall("pseudo", {"p": 5, "beta": 1, "over": "bits-mean"}),
        StrategyCall("bits-mean"),
    )
    assert calls[1].make() == Pseudo(p=5, beta=1, over="bits-mean")


@pytest.mark.parametrize("text", ["none", "pseudo(p=5,b=10)", "rocchio(again=True,noise=0.1)"])
def test_what_is_written_reads_back(text: str) -> None:
    (call,) = parse_strategies(text)
    assert str(call) == text


@pytest.mark.parametrize("text", ["", "none,", "none pseudo", "pseudo(p=5", "pseudo((p=1))", "3"])
def test_what_is_not_of_that_form(text: str) -> None:
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
        ("none(p=1)", "it has: none"),
    ],
)
def test_what_cannot_be_made(text: str, message: str) -> None:
    from tests.evaluation.benches import small_bench

    with pytest.raises(InputError, match=message):
        list(
            parse_strategies(text)[0]
            .make()
            .start(small_bench())
            .answers(small_bench().query_captions)
        )


def test_a_parameter_without_a_value() -> None:
    with pytest.raises(InputError, match=r"pseudo\(key=value\), not 'p'"):
        parse_strategies("pseudo(p)")
