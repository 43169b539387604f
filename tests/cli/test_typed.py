from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firs.cli.repl_parser import NAMES, Command, Marking, method_and_strength, number, parse_line
from firs.errors import InputError


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("+3 5 7", Marking((3, 5, 7))),
        ("+3,5, 7", Marking((3, 5, 7))),
        ("+ 3", Marking((3,))),
        ("  +3  ", Marking((3,))),
        ("+3-6", Marking((3, 4, 5, 6))),
        ("-2", Marking((), (2,))),
        ("-2-4", Marking((), (2, 3, 4))),
        ("=4", Marking(found=4)),
        ("+3 5 -2 =4", Marking((3, 5), (2,), 4)),
        ("+3-5 -1-2 +9", Marking((3, 4, 5, 9), (1, 2))),
        ("0 3", Marking(clear=(3,))),
        ("0 3,4 6-7", Marking(clear=(3, 4, 6, 7))),
        ("clear 3", Marking(clear=(3,))),
    ],
)
def test_marks(line: str, meant: Marking) -> None:
    assert parse_line(line) == meant


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("", Command("next")),
        (" \n", Command("next")),
        ("n rocchio 0.5", Command("next", "rocchio 0.5")),
        ("NEXT", Command("next")),
        ("u", Command("undo")),
        ("r 2", Command("round", "2")),
        ("sheet my photos/a b.jpg ", Command("sheet", "my photos/a b.jpg")),
        ("?", Command("help")),
        ("exit", Command("quit")),
        *((name, Command(name)) for name in NAMES),
    ],
)
def test_commands(line: str, meant: Command) -> None:
    assert parse_line(line) == meant


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("+", "Which images?"),
        ("0", "Which images?"),
        ("clear", "Which images?"),
        ("+-", "Which images?"),
        ("+x", "given by number, not as 'x'"),
        ("+1.5", "not as '1.5'"),
        ("+0", "counted from 1, and given as in"),
        ("+5-3", "not as '5-3'"),
        ("+1-1000000", "not as '1-1000000'"),
        ("+99999999999", "not as '99999999999'"),
        ("=3 4", "Only one image can be"),
        ("nxet", r"no command 'nxet'\. Do you mean next\?"),
        ("3", r"no command '3'\. Type"),
        ("/quit", "no command '/quit'"),
    ],
)
def test_invalid_input(line: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        parse_line(line)


@given(st.text() | st.text("+-=0123456789 ,cn?"))
def test_any_line_is_parsed_or_an_input_error(line: str) -> None:
    with suppress(InputError):
        meant = parse_line(line)
        assert isinstance(meant, Marking) or meant.name in NAMES


def test_numbers() -> None:
    assert number("12") == 12
    for word in ("", "-1", "1.0", "x", "٣٣"[:1] + "x", "1" * 10):
        with pytest.raises(InputError):
            number(word)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ([], ("auto", 1.0)),
        (["bayes"], ("bayes", 1.0)),
        (["0.5"], ("auto", 0.5)),
        (["rocchio(beta=1)", "2"], ("rocchio(beta=1)", 2.0)),
        (["2", "rocchio"], ("rocchio", 2.0)),
    ],
)
def test_method_and_strength(words: list[str], meant: tuple[str, float]) -> None:
    assert method_and_strength(words) == meant


@pytest.mark.parametrize("words", [["a", "b"], ["1", "2"], ["a", "1", "b"]])
def test_too_many_arguments_of_next(words: list[str]) -> None:
    with pytest.raises(InputError, match="takes a method and a strength"):
        method_and_strength(words)
