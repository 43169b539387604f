"""Text on pictures, in the one typeface that Pillow brings."""

import unicodedata
from functools import cache

from PIL import ImageFont

_GLYPHS = {*map(chr, range(32, 127)), *"“”…·"}
_PLAINER = str.maketrans("\u2018\u2019\u2013\u2014\t\n", "''--  ")
_LONGEST = 300


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the typeface in a size, in pixels."""
    return ImageFont.load_default(size)


def ellipsize(text: str, size: int, room: float, *, keep_ending: bool = True) -> str:
    """Shorten the text to the room, omitting its middle or its end."""
    text = to_ascii(text[:_LONGEST])
    shown, keep = text, len(text)
    while keep and font(size).getlength(shown) > room:
        keep -= 1
        ending = keep // 2 if keep_ending else 0
        shown = f"{text[: keep - ending]}…{text[len(text) - ending :]}"
    return shown if keep else ""


def to_ascii(text: str) -> str:
    """Return the text in the letters of the typeface: accents are dropped, others become ``?``."""
    marks = unicodedata.normalize("NFKD", text.translate(_PLAINER))
    plain = (mark for mark in marks if not unicodedata.combining(mark))
    return "".join(mark if mark in _GLYPHS else "?" for mark in plain)
