"""An explanation as one picture: with and without its map, with the other results below."""

from PIL import Image, ImageDraw

from firs.explanation.base import Explanation
from firs.explanation.faithfulness import Faithfulness
from firs.explanation.heatmaps import draw_outline, overlaid
from firs.imaging.contact_sheet import ellipsize, font, to_ascii

PARTS = 3
"""Phrases that are drawn."""

_VEIL = 0.5
_GAP, _MARGIN, _LINE = 8, 14, 26
_SIZE = 16
_LEAST = 320
_MOST_LINES = 12
_GROUND, _STRONG, _PALE = (34, 34, 34), (238, 238, 238), (160, 160, 160)


def comparison_figure(explained: Explanation, found: Faithfulness | None = None) -> Image.Image:
    """The picture, and next to it the same with its map; below, the words, the score and the test.

    If phrases are distinguished there is one for each of the first. A small picture is enlarged
    until it can be seen. If nothing is marked it is shown alone.
    """
    maps = [part.map for part in explained.parts[:PARTS]]
    if not maps and explained.map is not None:
        maps = [explained.map]
    marked = [overlaid(draw_outline(explained.picture, map_), map_, _VEIL) for map_ in maps]
    enlarged = [_enlarge(picture) for picture in (explained.picture, *marked)]
    width = max(sum(each.width + _GAP for each in enlarged) - _GAP + 2 * _MARGIN, 2 * _LEAST)
    lines = _lines(explained, found, width - 2 * _MARGIN)
    height = enlarged[0].height + 2 * _MARGIN + _LINE * len(lines)
    sheet = Image.new("RGB", (width, height), _GROUND)
    left = _MARGIN
    for each in enlarged:
        sheet.paste(each, (left, _MARGIN))
        left += each.width + _GAP
    _write(sheet, lines, enlarged[0].height + _MARGIN + _GAP)
    return sheet


def words_in_lines(explained: Explanation, room: float) -> list[str]:
    """The words with their shares, as many lines as they take: ``dog +0.120   running -0.010``."""
    lines: list[str] = []
    for word in explained.words:
        told = f"{word.word} {word.share:+.3f}"
        longer = f"{lines[-1]}   {told}" if lines else told
        if lines and font(_SIZE).getlength(to_ascii(longer)) <= room:
            lines[-1] = longer
        else:
            lines.append(told)
    return lines[:_MOST_LINES]


def _lines(explained: Explanation, found: Faithfulness | None, room: float) -> list[str]:
    score = "" if explained.score is None else f"   score {explained.score:.3f}"
    lines = [f"“{explained.text}”{score}   {explained.method}"]
    if explained.parts:
        lines.append("   ".join(part.phrase for part in explained.parts[:PARTS]))
    lines += words_in_lines(explained, room)
    return lines if found is None else [*lines, found.summary]


def _write(sheet: Image.Image, lines: list[str], top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    for place, line in enumerate(lines):
        told = ellipsize(line, _SIZE, sheet.width - 2 * _MARGIN, keep_ending=False)
        colour = _PALE if place else _STRONG
        draw.text((_MARGIN, top + _LINE * place), told, colour, font(_SIZE))


def _enlarge(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest >= _LEAST:
        return picture
    times = _LEAST / longest
    size = (max(1, round(picture.width * times)), max(1, round(picture.height * times)))
    return picture.resize(size, Image.Resampling.BICUBIC)
