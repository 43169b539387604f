"""Texts are cleaned as in the training of each model; truncation is reported."""

import logging

import pytest

from firs.encoders.text import get_cleaner, warn_truncated
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
    assert get_cleaner(how)(text) == expected


def test_an_unknown_cleaning_is_refused() -> None:
    with pytest.raises(EncoderError, match="'stem'; known are none, whitespace"):
        get_cleaner("stem")


def test_truncation_is_reported_once_per_call(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        warn_truncated([], 77)
        assert not caplog.records
        warn_truncated(["a long story " * 20, "another"], 77)
    (record,) = caplog.records
    assert "first 77 tokens" in record.message
    assert "(and 1 more)" in record.message
    assert len(record.message) < 200
