"""An explanation as one picture: without and with its map, above the words and the scores."""

from PIL import Image, ImageDraw

from firs.explanation.base import Explanation
from firs.explanation.heatmaps import draw_outline, overlay
from firs.explanation.occlusion import Faithfulness
from firs.imaging.contact_sheet import BACKGROUND, PALE, STRONG, ellipsize, font, to_ascii

MAX_PARTS = 3
"""Only the first phrases are drawn."""

_OPACITY = 0.5
_GAP, _MARGIN, _LINE_HEIGHT = 8, 14, 26
_FONT_SIZE = 16
_MIN_SIDE = 320
_MAX_LINES = 12


def comparison_figure(
    explanation: Explanation, faithfulness: Faithfulness | None = None
) -> Image.Image:
    """Draw a picture next to itself with its map; below, the words, the score and the test.

    If the method distinguishes phrases, the first of them have a picture each. A small picture is
    enlarged. Without a map the picture is drawn once.
    """
    picture = explanation.picture
    maps = [part.map for part in explanation.parts[:MAX_PARTS]]
    if not maps and explanation.map is not None:
        maps = [explanation.map]
    marked = [overlay(draw_outline(picture, map_), map_, _OPACITY) for map_ in maps]
    tiles = [_enlarge(each) for each in (picture, *marked)]
    width = max(sum(each.width + _GAP for each in tiles) - _GAP + 2 * _MARGIN, 2 * _MIN_SIDE)
    room = width - 2 * _MARGIN
    lines = _lines(explanation, faithfulness, room)
    height = tiles[0].height + 2 * _MARGIN + _LINE_HEIGHT * len(lines)
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    x, y = _MARGIN, tiles[0].height + _MARGIN + _GAP
    for tile in tiles:
        sheet.paste(tile, (x, _MARGIN))
        x += tile.width + _GAP
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        shown = ellipsize(line, _FONT_SIZE, room, keep_ending=False)
        colour = PALE if number else STRONG
        draw.text((_MARGIN, y + _LINE_HEIGHT * number), shown, colour, font(_FONT_SIZE))
    return sheet


def _lines(explanation: Explanation, faithfulness: Faithfulness | None, room: float) -> list[str]:
    score = "" if explanation.score is None else f"   score {explanation.score:.3f}"
    lines = [f"“{explanation.text}”{score}   {explanation.method}"]
    if explanation.parts:
        lines.append("   ".join(part.phrase for part in explanation.parts[:MAX_PARTS]))
    lines += words_in_lines(explanation, room)
    return lines if faithfulness is None else [*lines, faithfulness.summary]


def words_in_lines(explanation: Explanation, room: float) -> list[str]:
    """Return lines of words and shares that fit the width: ``dog +0.120   running -0.010``."""
    lines: list[str] = []
    for word in explanation.words:
        text = f"{word.word} {word.share:+.3f}"
        longer = f"{lines[-1]}   {text}" if lines else text
        if lines and font(_FONT_SIZE).getlength(to_ascii(longer)) <= room:
            lines[-1] = longer
        else:
            lines.append(text)
    return lines[:_MAX_LINES]


def _enlarge(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest >= _MIN_SIDE:
        return picture
    size = [max(1, round(side * _MIN_SIDE / longest)) for side in picture.size]
    return picture.resize(size, Image.Resampling.BICUBIC)
