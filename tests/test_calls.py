from dataclasses import dataclass

import pytest

from firs.errors import InputError
from firs.registry import Call, Parameter, defaults_of


@dataclass
class Method:
    weight: float = 1.0
    count: int = 3
    kind: str = "a"
    loud: bool = False


def test_a_name_and_parameters() -> None:
    call = Call.parse(" rocchio( beta=1, kind=b-c ,loud=True,weight=-0.5) ")
    assert call == Call("rocchio", {"beta": 1, "kind": "b-c", "loud": True, "weight": -0.5})
    assert Call.parse(str(call)) == call


def test_a_parameter_that_is_a_call() -> None:
    call = Call.parse("captions(fusion=combsum(norm=z-score), depth=9)")
    assert call == Call("captions", {"fusion": "combsum(norm=z-score)", "depth": 9})
    assert Call.parse(str(call)) == call


@pytest.mark.parametrize("text", ["", "3", "a b", "a(b=1", "a(b=1)c", "a((b=1))", "a(b=1),c"])
def test_what_is_not_of_that_form(text: str) -> None:
    with pytest.raises(InputError, match="named as in"):
        Call.parse(text)


def test_a_parameter_without_a_value() -> None:
    with pytest.raises(InputError, match=r"a\(key=value\), not 'b'"):
        Call.parse("a(b)")


def test_parameters_are_of_the_kind_of_their_defaults() -> None:
    known = defaults_of(Method)
    assert known == {"weight": 1.0, "count": 3, "kind": "a", "loud": False}
    given: dict[str, Parameter] = {"weight": 2, "count": 1, "kind": "b", "loud": True}
    assert Call("m", given).check_parameters("method", known) == given


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("m(size=1)", "The method 'm' has no parameter 'size'; it has: weight, count, kind, loud"),
        ("m(count=1.5)", "count should be like 3, not 1.5"),
        ("m(weight=true)", "weight should be like 1.0, not True"),
        ("m(kind=1)", "kind should be like 'a', not 1"),
    ],
)
def test_what_does_not_fit(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Call.parse(text).check_parameters("method", defaults_of(Method))
