"""Text on pictures, in the one typeface that Pillow brings."""

import unicodedata
from functools import cache

from PIL import ImageFont

_GLYPHS = {*map(chr, range(32, 127)), *"“”…·"}
_PLAINER = str.maketrans("\u2018\u2019\u2013\u2014\t\n", "''--  ")
_LONGEST = 300


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The typeface in a size, in pixels."""
    return ImageFont.load_default(size)


def ellipsize(text: str, size: int, room: float, *, keep_ending: bool = True) -> str:
    """The text, with what does not fit left out: in its middle, or from its end."""
    text = to_ascii(text[:_LONGEST])
    shown, keep = text, len(text)
    while keep and font(size).getlength(shown) > room:
        keep -= 1
        ending = keep // 2 if keep_ending else 0
        shown = f"{text[: keep - ending]}…{text[len(text) - ending :]}"
    return shown if keep else ""


def to_ascii(text: str) -> str:
    """The text in the letters that the typeface has: accents go, the rest turns to ``?``."""
    marks = unicodedata.normalize("NFKD", text.translate(_PLAINER))
    plain = (mark for mark in marks if not unicodedata.combining(mark))
    return "".join(mark if mark in _GLYPHS else "?" for mark in plain)
