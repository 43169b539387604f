"""Maps of pictures, and pictures as they are shown."""

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from firs.imaging import to_rgb

Map: TypeAlias = NDArray[np.float32]
"""float32 ``(height, width)`` in 0 to 1: how much each pixel of the picture speaks for the text."""

Cells: TypeAlias = NDArray[np.float32]
"""float32 ``(rows, cols)``: what each cell of the picture adds to a score."""

LARGEST = 1024
"""Pixels that the longer side of a picture has at most as it is shown."""

_ROUGH = 3


def prepare_picture(picture: Image.Image, largest: int = LARGEST) -> Image.Image:
    """The picture as it is shown: RGB, upright, its longer side at most ``largest`` pixels."""
    upright = to_rgb(picture)
    longest = max(upright.size)
    if longest <= largest:
        return upright
    size = (_scale(upright.width, longest, largest), _scale(upright.height, longest, largest))
    return upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=_ROUGH)


def _scale(side: int, longest: int, largest: int) -> int:
    return max(1, round(side * largest / longest))


def brightest(values: Map) -> Map:
    """A map scaled so that its highest value is 1; what is below 0 becomes 0."""
    above = np.maximum(values, 0)
    highest = above.max(initial=0)
    return np.asarray(above / highest if highest > 0 else above, dtype=np.float32)


CELL = 16
"""Pixels a side that a cell has while edges are looked for."""

EPSILON = 1e-3
"""Variance of the guide, in 0 to 1 a channel, from which on it counts as an edge."""

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, in shares of a picture's width and height; may reach beyond it."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

_Plane: TypeAlias = NDArray[np.float64]


def spread(cells: Cells, picture: Image.Image, box: Box = WHOLE) -> Map:
    """The map of some cells, in 0 to 1, in the size of a picture.

    Args:
        cells: float32 ``(rows, cols)``; what is below 0 is not shown.
        picture: RGB, as it is shown.
        box: the part of the picture that the cells cover.
    """
    rows, cols = cells.shape
    size = (cols * CELL, rows * CELL)
    enlarged = Image.fromarray(brightest(cells)).resize(size, Image.Resampling.BICUBIC)
    refined = guided_filter(np.asarray(enlarged, np.float64), _guide(picture, box, size))
    return brightest(_place(refined.astype(np.float32), picture.size, box))


def guided_filter(values: _Plane, guide: _Plane, reach: int = CELL) -> _Plane:
    """Filter values ``(h, w)`` by a guide ``(h, w, channels)``; they take over its edges."""
    middle = _mean(values, reach)
    lines = [
        _line(values, middle, guide[..., channel], reach) for channel in range(guide.shape[-1])
    ]
    return np.asarray(sum(lines) / len(lines), dtype=np.float64)


def _line(values: _Plane, middle: _Plane, guide: _Plane, reach: int) -> _Plane:
    level = _mean(guide, reach)
    together = _mean(guide * values, reach) - level * middle
    slope = together / (_mean(guide * guide, reach) - level * level + EPSILON)
    return _mean(slope, reach) * guide + _mean(middle - slope * level, reach)


def _mean(values: _Plane, reach: int) -> _Plane:
    """The mean of the square that reaches so many pixels around each, by summed areas."""
    wide = 2 * reach + 1
    padded = np.pad(values, ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    total = sums[wide:, wide:] - sums[:-wide, wide:] - sums[wide:, :-wide] + sums[:-wide, :-wide]
    return np.asarray(total / wide**2, dtype=np.float64)


def _guide(picture: Image.Image, box: Box, size: tuple[int, int]) -> _Plane:
    """Return the content of the box in that size; outside the picture its edge is repeated."""
    inside = tuple(min(max(side, 0.0), 1.0) for side in box)
    left, top, right, bottom = _pixels(inside, picture.size)
    part = picture.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    return np.asarray(part.resize(size, Image.Resampling.BILINEAR), np.float64) / 255


def _place(values: Map, size: tuple[int, int], box: Box) -> Map:
    left, top, right, bottom = _pixels(box, size)
    wide, high = max(right - left, 1), max(bottom - top, 1)
    over = Image.fromarray(values).resize((wide, high), Image.Resampling.BILINEAR)
    whole = Image.new("F", size)
    whole.paste(over, (left, top))
    return np.asarray(whole, np.float32)


def _pixels(box: tuple[float, ...], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    width, height = size
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


BLUR = 0.08
"""The blur's radius (one standard deviation), as a share of the picture's longer side."""

SOFT = 0.01
"""The same for the edge of what is blurred: a hard one would be a shape of its own."""

_ROOM = 2


class BlurBaseline:
    """A sharp and a blurred copy.

    Args:
        picture: of any size and mode.
        image_size: pixels a side that the encoder reads.
    """

    def __init__(self, picture: Image.Image, image_size: int) -> None:
        self.sharp = prepare_picture(picture, _ROOM * image_size)
        longest = max(self.sharp.size)
        self._soft = SOFT * longest
        self._blurred = self.sharp.filter(ImageFilter.GaussianBlur(BLUR * longest))

    def where(self, marked: NDArray[np.bool_]) -> Image.Image:
        """The picture, blurred where ``(rows, cols)``, laid over all of it, is true."""
        mask = Image.fromarray(marked.astype(np.uint8) * 255)
        enlarged = mask.resize(self.sharp.size, Image.Resampling.NEAREST)
        soft = enlarged.filter(ImageFilter.GaussianBlur(self._soft))
        return Image.composite(self._blurred, self.sharp, soft)


STEPS = 256

_ANCHORS = ((0.0, 0.13, 0.30), (0.49, 0.48, 0.47), (1.0, 0.91, 0.25))
"""sRGB, in 0 to 1."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def apply_colour_map(values: Map) -> NDArray[np.uint8]:
    """Values in 0 to 1, of any shape → uint8 ``(..., 3)``, sRGB."""
    steps = np.rint(np.clip(values, 0, 1) * (STEPS - 1)).astype(np.intp)
    found: NDArray[np.uint8] = colour_map()[steps]
    return found


@cache
def colour_map() -> NDArray[np.uint8]:
    """All colours, from 0 to 1: uint8 ``(256, 3)``, sRGB."""
    anchors = _to_lab(np.array(_ANCHORS))
    at, known = np.linspace(0, 1, STEPS), _places(anchors[:, 0])
    lab = np.stack([np.interp(at, known, anchors[:, axis]) for axis in range(3)], axis=1)
    return np.rint(255 * np.clip(_from_lab(lab), 0, 1)).astype(np.uint8)


def _places(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the positions of the anchors in 0 to 1, so that lightness rises evenly."""
    return np.asarray((lightness - lightness[0]) / (lightness[-1] - lightness[0]), np.float64)


def _to_lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, dtype=np.float64)


def _from_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


STRENGTH = 0.75
"""How much of the picture is covered where its map is 1."""

OUTLINED = 0.7
"""From which value on a map is outlined."""

_EDGE, _AROUND = (255, 232, 64), (0, 33, 77)


def layer(map_: Map) -> Image.Image:
    """A map as a layer to lay over its picture: RGBA, clear where it is 0."""
    clear = np.rint(255 * np.clip(map_, 0, 1)).astype(np.uint8)
    return Image.fromarray(np.dstack([apply_colour_map(map_), clear]), "RGBA")


def overlaid(picture: Image.Image, map_: Map, strength: float = STRENGTH) -> Image.Image:
    """A picture with its map, of its size, over it."""
    over = layer(map_)
    covered = over.getchannel("A").point(lambda value: round(strength * value))
    return Image.composite(over.convert("RGB"), picture, covered)


def draw_outline(picture: Image.Image, map_: Map, level: float = OUTLINED) -> Image.Image:
    """A picture with a line, light on dark, around what its map marks."""
    drawn = picture.copy()
    wide = max(1, round(max(picture.size) / 300))
    marked = map_ >= level
    for reach, colour in ((2 * wide, _AROUND), (wide, _EDGE)):
        line = _dilate(marked, reach) & ~_dilate(marked, reach - 2 * wide)
        drawn.paste(colour, mask=Image.fromarray(line.astype(np.uint8) * 255))
    return drawn


def _dilate(marked: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """What is marked, and so many pixels around it; with a reach below 0, so many less."""
    if reach < 0:
        return ~_dilate(~marked, -reach)
    grown = marked
    for axis in (0, 1):
        grown = np.any([_slid(grown, by, axis) for by in range(-reach, reach + 1)], axis=0)
    return np.asarray(grown, dtype=np.bool_)


def _slid(marked: NDArray[np.bool_], by: int, axis: int) -> NDArray[np.bool_]:
    length = marked.shape[axis]
    places = np.clip(np.arange(length) - by, 0, length - 1)
    return np.take(marked, places, axis=axis)
