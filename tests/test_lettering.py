import pytest

from firs.imaging.contact_sheet import ellipsize, font, to_ascii


def test_what_does_not_fit_is_left_out_in_the_middle_or_at_the_end() -> None:
    assert ellipsize("short", 15, 500) == "short"
    middle = ellipsize("a very long name.jpg", 15, 90)
    assert middle.startswith("a ve")
    assert middle.endswith("jpg")
    assert ellipsize("a very long name.jpg", 15, 90, keep_ending=False).endswith("…")
    assert font(15).getlength(middle) <= 90


def test_no_room_no_text() -> None:
    assert ellipsize("text", 15, 1) == ""


@pytest.mark.parametrize(
    ("text", "shown"), [("café", "cafe"), ("猫", "?"), ("it\u2019s", "it's"), ("a\nb", "a b")]
)
def test_letters_that_the_typeface_lacks(text: str, shown: str) -> None:
    assert to_ascii(text) == shown
