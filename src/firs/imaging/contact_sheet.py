"""A contact sheet: a ranking as one picture to look at, print or send."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont, ImageOps

from firs.errors import ImageError, InputError
from firs.imaging import decode
from firs.ranking import Hit, Ranking

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


NARROWEST, WIDEST = 0.4, 3.5
"""Proportions (width over height) at which a strip of a picture is no longer one to look at."""

OPEN = 1.25
"""A last row that had to be stretched more than this to end flush is left open instead."""


@dataclass(frozen=True, slots=True)
class Box:
    """The position of an image, in pixels; ``row`` counts from 0."""

    row: int
    x: int
    y: int
    width: int
    height: int


def layout_rows(
    proportions: Sequence[float], width: int, row_height: int, gap: int, below: int = 0
) -> list[Box]:
    """Lay pictures out in rows of about ``row_height`` that end flush with ``width``.

    A last row too short for that stays open.

    Args:
        proportions: each picture's width over its height; beyond 0.4 to 3.5 they are cut to that.
        width: of the page, in pixels.
        row_height: wished for, in pixels; rows come out a little higher or lower.
        gap: between pictures and between rows, in pixels.
        below: room to leave under each picture for its caption, in pixels.

    Returns:
        A box a picture, in the same order.

    Raises:
        InputError: the page is too small for its pictures, or a proportion is not positive.
    """
    if not 1 <= row_height <= width or min(proportions, default=1) <= 0:
        raise InputError(
            f"A page of pictures needs rows at least 1 pixel high and no higher than the page is "
            f"wide, not {row_height} on {width}."
        )
    shapes = [min(max(shape, NARROWEST), WIDEST) for shape in proportions]
    boxes: list[Box] = []
    y = 0
    for row, (start, end) in enumerate(_rows(shapes, width, row_height, gap)):
        height = _height(shapes[start:end], width, gap)
        if end == len(shapes) and height > OPEN * row_height:
            height = row_height
        boxes += _row(row, shapes[start:end], y, height, gap)
        y += round(height) + below + gap
    return boxes


def _rows(shapes: Sequence[float], width: int, row_height: int, gap: int) -> list[tuple[int, int]]:
    """Return the start and end of each row, minimizing the sum of the rows' costs."""
    costs, starts = [0.0], [0]
    for end in range(1, len(shapes) + 1):
        choices: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            height = _height(shapes[start:end], width, gap)
            if height < row_height / 2 and choices:
                break
            costly = _cost(height / row_height, last=end == len(shapes))
            choices.append((costs[start] + costly, start))
        cost, start = min(choices)
        costs.append(cost)
        starts.append(start)
    return _trace_rows(starts)


def _trace_rows(starts: Sequence[int]) -> list[tuple[int, int]]:
    rows, end = [], len(starts) - 1
    while end > 0:
        rows.append((starts[end], end))
        end = starts[end]
    return rows[::-1]


def _cost(stretch: float, *, last: bool) -> float:
    if last and stretch > OPEN:
        return 0
    return max(stretch, 1 / stretch) - 1


def _height(shapes: Sequence[float], width: int, gap: int) -> float:
    """Height at which the pictures and the gaps between them fill the width."""
    return max((width - gap * (len(shapes) - 1)) / sum(shapes), 1)


def _row(row: int, shapes: Sequence[float], y: int, height: float, gap: int) -> list[Box]:
    """Boxes side by side; each edge is rounded by itself, so that no error adds up."""
    boxes, x = [], 0.0
    for shape in shapes:
        left, right = round(x), round(x + shape * height)
        boxes.append(Box(row, left, y, right - left, round(height)))
        x += shape * height + gap
    return boxes


MOST = 400
"""Pictures on a sheet; with more, a JPEG could no longer hold its height."""

_BACKGROUND = (34, 34, 34)
_ABSENT = (52, 52, 52)
_STRONG = (238, 238, 238)
_PALE = (160, 160, 160)
_MARGIN = 28
_GAP = 8
_CAPTION = 30
_HEADER = 72
_SMALL, _LARGE = 15, 30


@dataclass(frozen=True, slots=True)
class _Tile:
    hit: Hit
    image: Image.Image
    absent: str = ""


def contact_sheet(
    ranking: Ranking,
    *,
    title: str = "",
    example: Image.Image | None = None,
    width: int = 1600,
    row_height: int = 250,
    instead: Mapping[int, Image.Image] | None = None,
) -> Image.Image:
    """Draw a ranking: rows of images, each with its rank, its score and its file's name.

    An image that can no longer be read is drawn as a grey field with the reason.

    Args:
        ranking: what to show, at most 400 images.
        title: a line at the top, such as the text of the query.
        example: an image to show before the title, such as the example image of the query.
        width: of the sheet, in pixels.
        row_height: the approximate height of an image, in pixels.
        instead: an image's id → an image to show in place of its file, such as its explanation.

    Returns:
        An RGB image ``width`` pixels wide, as high as necessary.

    Raises:
        InputError: the ranking is empty or too long, or the sheet is too narrow for its rows.

    >>> contact_sheet(ranking, title="a black cat").save("cats.jpg")  # doctest: +SKIP
    """
    if not 1 <= len(ranking) <= MOST:
        raise InputError(f"A contact sheet holds 1 to {MOST} pictures, not {len(ranking):,}.")
    others = instead or {}
    tiles = [_tile(hit, others.get(hit.id), row_height) for hit in ranking]
    shapes = [tile.image.width / tile.image.height for tile in tiles]
    boxes = layout_rows(shapes, width - 2 * _MARGIN, row_height, _GAP, _CAPTION)
    top = _HEADER + _MARGIN // 2 if title or example else _MARGIN
    height = top + boxes[-1].y + boxes[-1].height + _CAPTION + _MARGIN // 2
    sheet = Image.new("RGB", (width, height), _BACKGROUND)
    if title or example:
        _draw_header(sheet, title, example, ranking.source)
    for tile, box in zip(tiles, boxes, strict=True):
        _draw_tile(sheet, tile, box, _MARGIN + box.x, top + box.y)
    return sheet


def _tile(hit: Hit, other: Image.Image | None, row_height: int) -> _Tile:
    enough = round(row_height * 1.3)  # rows come out a little higher than wished for
    try:
        image = decode(hit.path, at_least=enough) if other is None else other.copy()
    except ImageError as error:
        return _Tile(hit, Image.new("RGB", (4 * enough // 3, enough), _ABSENT), str(error))
    image.thumbnail((4 * enough, enough), reducing_gap=3)
    return _Tile(hit, image)


def _draw_header(sheet: Image.Image, title: str, example: Image.Image | None, source: str) -> None:
    x, middle = _MARGIN, (_HEADER + _MARGIN // 2) // 2
    if example is not None:
        height = _HEADER - _MARGIN // 2
        shape = min(max(example.width / example.height, 0.5), 2)
        small = ImageOps.fit(example.convert("RGB"), (round(shape * height), height))
        sheet.paste(small, (x, middle - height // 2))
        x += small.width + 2 * _GAP
    draw = ImageDraw.Draw(sheet)
    right = sheet.width - _MARGIN
    draw.text((right, middle), to_ascii(source), _PALE, font(_SMALL), anchor="rm")
    room = right - draw.textlength(to_ascii(source), font(_SMALL)) - 3 * _GAP - x
    shown = ellipsize(title, _LARGE, room, keep_ending=False)
    draw.text((x, middle), shown, _STRONG, font(_LARGE), anchor="lm")


def _draw_tile(sheet: Image.Image, tile: _Tile, box: Box, x: int, y: int) -> None:
    size = (box.width, box.height)
    sheet.paste(ImageOps.fit(tile.image, size, Image.Resampling.LANCZOS), (x, y))
    draw = ImageDraw.Draw(sheet)
    if tile.absent:
        center = (x + box.width // 2, y + box.height // 2)
        draw.text(
            center, ellipsize(tile.absent, _SMALL, box.width), _PALE, font(_SMALL), anchor="mm"
        )
    below = y + box.height + _CAPTION // 2 - 2
    end = x
    for text, colour in (
        (f"{tile.hit.rank}", _STRONG),
        (f"{tile.hit.score:.3f}", _PALE),
        (tile.hit.path.name, _PALE),
    ):
        shown = ellipsize(text, _SMALL, x + box.width - end)
        draw.text((end, below), shown, colour, font(_SMALL), anchor="lm")
        end += round(draw.textlength(shown, font(_SMALL))) + _GAP
