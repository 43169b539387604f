"""Texts are cleaned as each family of models was trained, and what is cut is said."""

import logging

import pytest

from firs.encoders.text import cleaner, tell_cut
from firs.errors import EncoderError


@pytest.mark.parametrize(
    ("how", "text", "expected"),
    [
        ("none", " Two  Dogs! ", " Two  Dogs! "),
        ("whitespace", " Two \n Dogs! ", "Two Dogs!"),
        ("whitespace", "cats &amp;amp; dogs", "cats & dogs"),
        ("lower", "Two  DOGS!", "two dogs!"),
        ("lower", "the girl\u2019s “dog”", 'the girl\'s "dog"'),
        ("canonicalize", "A dog's life, in_snow!", "a dogs life in snow"),
        ("canonicalize", "ÄPFEL - und Birnen.", "äpfel und birnen"),
        ("canonicalize", "...", ""),
    ],
)
def test_cleaning(how: str, text: str, expected: str) -> None:
    assert cleaner(how)(text) == expected


def test_an_unknown_cleaning_is_refused() -> None:
    with pytest.raises(EncoderError, match="'stem'; known are none, whitespace"):
        cleaner("stem")


def test_what_is_cut_is_said_once_a_call(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        tell_cut([], 77)
        assert not caplog.records
        tell_cut(["a long story " * 20, "another"], 77)
    (record,) = caplog.records
    assert "first 77 tokens" in record.message
    assert "(and 1 more)" in record.message
    assert len(record.message) < 200
