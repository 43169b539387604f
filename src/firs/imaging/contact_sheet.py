"""A contact sheet: a ranking as one picture to view, print or send."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from PIL import Image, ImageDraw, ImageFont, ImageOps

from firs.errors import ImageError, InputError
from firs.imaging import decode
from firs.ranking import Hit, Ranking

MAX_IMAGES = 400
"""Images on a sheet; a JPEG with more would exceed the largest possible height."""

NARROWEST, WIDEST = 0.4, 3.5
"""Proportions (width over height); images beyond them are cropped."""

MAX_STRETCH = 1.25
"""A last row is stretched up to this factor to fill the width, or else left short."""

BACKGROUND = (34, 34, 34)
STRONG = (238, 238, 238)
PALE = (160, 160, 160)
_MISSING = (52, 52, 52)

_MARGIN, _GAP = 28, 8
_CAPTION, _HEADER = 30, 72
_SMALL, _LARGE = 15, 30
_GLYPHS = {*map(chr, range(32, 127)), *"“”…·"}
_SIMPLE = str.maketrans("\u2018\u2019\u2013\u2014\t\n", "''--  ")
_MAX_TEXT = 300


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the typeface in a size in pixels."""
    return ImageFont.load_default(size)


def ellipsize(text: str, size: int, room: float, *, keep_ending: bool = True) -> str:
    """Shorten a text to a width in pixels, omitting its middle or its end."""
    text = to_ascii(text[:_MAX_TEXT])
    shown, length = text, len(text)
    while length and font(size).getlength(shown) > room:
        length -= 1
        ending = length // 2 if keep_ending else 0
        shown = f"{text[: length - ending]}…{text[len(text) - ending :]}"
    return shown if length else ""


def to_ascii(text: str) -> str:
    """Return a text in the letters of the typeface: without accents, ``?`` for other letters."""
    letters = unicodedata.normalize("NFKD", text.translate(_SIMPLE))
    plain = (letter for letter in letters if not unicodedata.combining(letter))
    return "".join(letter if letter in _GLYPHS else "?" for letter in plain)


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
    """Lay out images in rows of about ``row_height`` that fill ``width``.

    A last row that is too short for that is not stretched.

    Args:
        proportions: each image's width over its height; limited to 0.4 to 3.5.
        width: the width of the page, in pixels.
        row_height: the preferred height, in pixels; rows are a little higher or lower.
        gap: the space between images and between rows, in pixels.
        below: the space under each image for its caption, in pixels.

    Returns:
        The box of each image, in the same order.

    Raises:
        InputError: the page is too small for its images, or a proportion is not positive.
    """
    if not 1 <= row_height <= width or min(proportions, default=1) <= 0:
        raise InputError(
            f"A page of pictures needs rows at least 1 pixel high and no higher than the page is "
            f"wide, not {row_height} on {width}."
        )
    shapes = [min(max(shape, NARROWEST), WIDEST) for shape in proportions]
    boxes: list[Box] = []
    y = 0
    for row, (start, end) in enumerate(_split_rows(shapes, width, row_height, gap)):
        height = _height(shapes[start:end], width, gap)
        if end == len(shapes) and height > MAX_STRETCH * row_height:
            height = row_height
        x = 0.0
        for shape in shapes[start:end]:  # each edge is rounded by itself, so no error adds up
            left, right = round(x), round(x + shape * height)
            boxes.append(Box(row, left, y, right - left, round(height)))
            x += shape * height + gap
        y += round(height) + below + gap
    return boxes


def _split_rows(
    shapes: Sequence[float], width: int, row_height: int, gap: int
) -> list[tuple[int, int]]:
    """Return the start and end of each row, minimizing the sum of the rows' costs."""
    costs, starts = [0.0], [0]
    for end in range(1, len(shapes) + 1):
        choices: list[tuple[float, int]] = []
        for start in range(end - 1, -1, -1):
            stretch = _height(shapes[start:end], width, gap) / row_height
            if stretch < 0.5 and choices:
                break
            is_short = end == len(shapes) and stretch > MAX_STRETCH
            cost = 0 if is_short else max(stretch, 1 / stretch) - 1
            choices.append((costs[start] + cost, start))
        total, start = min(choices)
        costs.append(total)
        starts.append(start)
    rows, end = [], len(shapes)
    while end > 0:
        rows.append((starts[end], end))
        end = starts[end]
    return rows[::-1]


def _height(shapes: Sequence[float], width: int, gap: int) -> float:
    """Return the height at which the images and the gaps between them fill the width."""
    return max((width - gap * (len(shapes) - 1)) / sum(shapes), 1)


@dataclass(frozen=True, slots=True)
class _Tile:
    hit: Hit
    image: Image.Image
    problem: str = ""


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

    An image that cannot be read is drawn as a grey field with the reason.

    Args:
        ranking: at most 400 images.
        title: a line at the top, such as the text of the query.
        example: an image before the title, such as the example image of the query.
        width: the width of the sheet, in pixels.
        row_height: the approximate height of an image, in pixels.
        instead: image ids → images to draw in place of their files, such as explanations.

    Returns:
        An RGB image ``width`` pixels wide, as high as necessary.

    Raises:
        InputError: the ranking is empty or too long, or the sheet is too narrow for its rows.

    >>> contact_sheet(ranking, title="a black cat").save("cats.jpg")  # doctest: +SKIP
    """
    if not 1 <= len(ranking) <= MAX_IMAGES:
        raise InputError(f"A contact sheet has 1 to {MAX_IMAGES} pictures, not {len(ranking):,}.")
    others = instead or {}
    tiles = [_tile(hit, others.get(hit.id), row_height) for hit in ranking]
    shapes = [tile.image.width / tile.image.height for tile in tiles]
    boxes = layout_rows(shapes, width - 2 * _MARGIN, row_height, _GAP, _CAPTION)
    top = _HEADER + _MARGIN // 2 if title or example else _MARGIN
    height = top + boxes[-1].y + boxes[-1].height + _CAPTION + _MARGIN // 2
    sheet = Image.new("RGB", (width, height), BACKGROUND)
    if title or example:
        _draw_header(sheet, title, example, ranking.source)
    for tile, box in zip(tiles, boxes, strict=True):
        _draw_tile(sheet, tile, box, _MARGIN + box.x, top + box.y)
    return sheet


def _tile(hit: Hit, other: Image.Image | None, row_height: int) -> _Tile:
    height = round(row_height * 1.3)  # a row may be a little higher than preferred
    try:
        image = decode(hit.path, at_least=height) if other is None else other.copy()
    except ImageError as error:
        return _Tile(hit, Image.new("RGB", (4 * height // 3, height), _MISSING), str(error))
    image.thumbnail((4 * height, height), reducing_gap=3)
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
    draw.text((right, middle), to_ascii(source), PALE, font(_SMALL), anchor="rm")
    room = right - draw.textlength(to_ascii(source), font(_SMALL)) - 3 * _GAP - x
    shown = ellipsize(title, _LARGE, room, keep_ending=False)
    draw.text((x, middle), shown, STRONG, font(_LARGE), anchor="lm")


def _draw_tile(sheet: Image.Image, tile: _Tile, box: Box, x: int, y: int) -> None:
    size = (box.width, box.height)
    sheet.paste(ImageOps.fit(tile.image, size, Image.Resampling.LANCZOS), (x, y))
    draw = ImageDraw.Draw(sheet)
    if tile.problem:
        centre = (x + box.width // 2, y + box.height // 2)
        reason = ellipsize(tile.problem, _SMALL, box.width)
        draw.text(centre, reason, PALE, font(_SMALL), anchor="mm")
    below, end = y + box.height + _CAPTION // 2 - 2, x
    for text, colour in (
        (f"{tile.hit.rank}", STRONG),
        (f"{tile.hit.score:.3f}", PALE),
        (tile.hit.path.name, PALE),
    ):
        shown = ellipsize(text, _SMALL, x + box.width - end)
        draw.text((end, below), shown, colour, font(_SMALL), anchor="lm")
        end += round(draw.textlength(shown, font(_SMALL))) + _GAP
