"""A contact sheet: a ranking as one picture to look at, print or send."""

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from firs.errors import ImageError, InputError
from firs.justify import Box, layout_rows
from firs.lettering import ellipsize, font, to_ascii
from firs.pictures import decode
from firs.ranking import Hit, Ranking

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
