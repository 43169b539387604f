from pathlib import Path

import pytest

from firs.errors import InputError
from firs.query import ImageTerm, Query, Term, TextTerm, like, text


def test_words_and_pictures_for_and_against() -> None:
    query = text("a dog on a beach") + 0.5 * like("like.jpg") - text("a leash") - like(3)
    assert query.terms == (
        Term(TextTerm("a dog on a beach"), 1),
        Term(ImageTerm(Path("like.jpg")), 0.5),
        Term(TextTerm("a leash"), -1),
        Term(ImageTerm(3), -1),
    )
    assert [str(term.what) for term in query.texts] == ['"a dog on a beach"', '"a leash"']
    assert [str(term.what) for term in query.examples] == ["like.jpg", "#3"]
    assert len(query.positive) == 2


def test_it_reads_as_it_is_written() -> None:
    assert str(text("a") + 0.5 * like("b.jpg") - 2 * text("c")) == '"a" + 0.5 * b.jpg - 2 * "c"'
    assert str(like(b"\xff") - text("a")) == 'a picture - "a"'
    assert str(-text("a")) == '- "a"'


def test_a_factor_weighs_every_term() -> None:
    query = 2 * (text("a") - text("b") / 4)
    assert [term.weight for term in query.terms] == [2, -0.5]
    assert (text("a") * 3).terms[0].weight == 3


def test_minus_a_minus_is_plus() -> None:
    query = text("a") - (text("b") - text("c"))
    assert [term.weight for term in query.terms] == [1, -1, 1]


def test_the_parts_stay_as_they_were() -> None:
    words = text("a")
    _ = words - like(3)
    assert words == text("a")


@pytest.mark.parametrize("words", ["", "  \n"])
def test_no_words(words: str) -> None:
    with pytest.raises(InputError, match="empty: say what to see"):
        text(words)


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert like("~/dog.jpg") == like(Path("~/dog.jpg")) == like("/home/me/dog.jpg")


def test_no_terms() -> None:
    with pytest.raises(InputError, match="query is empty"):
        Query(())


@pytest.mark.parametrize("weight", [0, float("nan"), float("inf")])
def test_a_weight_that_cannot_be_meant(weight: float) -> None:
    with pytest.raises(InputError, match=r'weight of "a" must be a number other than 0'):
        weight * text("a")


def test_divided_by_nothing() -> None:
    with pytest.raises(InputError, match="divided by 0"):
        text("a") / 0


def test_only_what_not_to_find() -> None:
    (text("a") - text("b")).require_positive()
    with pytest.raises(InputError, match=r'only says what not to find \(- "a" - #3\)'):
        (-text("a") - like(3)).require_positive()


@pytest.mark.parametrize("other", ["a dog", 3, None])
def test_what_is_no_query_cannot_be_added(other: object) -> None:
    with pytest.raises(TypeError):
        text("a") + other  # type: ignore[operator]
    with pytest.raises(TypeError):
        text("a") - other  # type: ignore[operator]
