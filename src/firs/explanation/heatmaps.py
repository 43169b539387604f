"""Maps of pictures: from coarse cells to pixels, and how they are drawn.

A map is aligned with the edges of its picture by a guided filter (He, Sun and Tang, "Guided image
filtering", IEEE TPAMI 2013). Its colours have even steps of lightness, in Oklab (Ottosson, 2020),
so that they are readable with any colour vision.
"""

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from firs.imaging import to_rgb

Map: TypeAlias = NDArray[np.float32]
"""float32 ``(height, width)`` in 0 to 1: the evidence for the text at each pixel of a picture."""

Cells: TypeAlias = NDArray[np.float32]
"""float32 ``(rows, cols)``: the contribution of each cell of a picture to a score."""

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom, as shares of a picture's width and height; may extend beyond it."""

WHOLE: Box = (0.0, 0.0, 1.0, 1.0)

LARGEST = 1024
"""The longer side of a picture as it is displayed, in pixels, at most."""

CELL = 16
"""Pixels per side of a cell while maps are aligned with edges."""

EPSILON = 1e-3
"""The variance of the guide, in 0 to 1 per channel, from which on it counts as an edge."""

STEPS = 256
STRENGTH = 0.75
"""The opacity of a map where it is 1."""

OUTLINED = 0.7
"""The value from which on a map is outlined."""

_REDUCING_GAP = 3
_EDGE, _AROUND = (255, 232, 64), (0, 33, 77)

_Plane: TypeAlias = NDArray[np.float64]


def prepare_picture(picture: Image.Image, largest: int = LARGEST) -> Image.Image:
    """Return a picture in RGB, upright, its longer side at most ``largest`` pixels."""
    upright = to_rgb(picture)
    longest = max(upright.size)
    if longest <= largest:
        return upright
    size = [max(1, round(side * largest / longest)) for side in upright.size]
    return upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=_REDUCING_GAP)


def brightest(values: Map) -> Map:
    """Scale a map so that its highest value is 1; values below 0 become 0."""
    above = np.maximum(values, 0)
    highest = above.max(initial=0)
    return np.asarray(above / highest if highest > 0 else above, dtype=np.float32)


def spread(cells: Cells, picture: Image.Image, box: Box = WHOLE) -> Map:
    """Return cells as a map in 0 to 1, in the size of a picture.

    Args:
        cells: float32 ``(rows, cols)``; values below 0 are not shown.
        picture: RGB, as it is displayed.
        box: the part of the picture that the cells cover.
    """
    rows, cols = cells.shape
    size = (cols * CELL, rows * CELL)
    enlarged = Image.fromarray(brightest(cells)).resize(size, Image.Resampling.BICUBIC)
    refined = guided_filter(np.asarray(enlarged, np.float64), _guide(picture, box, size))
    left, top, right, bottom = _to_pixels(box, picture.size)
    placed = Image.fromarray(refined.astype(np.float32)).resize(
        (max(right - left, 1), max(bottom - top, 1)), Image.Resampling.BILINEAR
    )
    whole = Image.new("F", picture.size)
    whole.paste(placed, (left, top))
    return brightest(np.asarray(whole, np.float32))


def guided_filter(values: _Plane, guide: _Plane, radius: int = CELL) -> _Plane:
    """Filter values ``(h, w)`` so that they take over the edges of a guide ``(h, w, channels)``."""

    def mean(plane: _Plane) -> _Plane:
        return _box_mean(plane, radius)

    value_mean, filtered = mean(values), []
    for channel in np.moveaxis(guide, -1, 0):
        level = mean(channel)
        covariance = mean(channel * values) - level * value_mean
        slope = covariance / (mean(channel * channel) - level * level + EPSILON)
        filtered.append(mean(slope) * channel + mean(value_mean - slope * level))
    return np.asarray(sum(filtered) / len(filtered), dtype=np.float64)


def _box_mean(values: _Plane, radius: int) -> _Plane:
    """Return the mean of the square around each pixel, by summed areas."""
    wide = 2 * radius + 1
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    sums = padded.cumsum(axis=0).cumsum(axis=1)
    total = sums[wide:, wide:] - sums[:-wide, wide:] - sums[wide:, :-wide] + sums[:-wide, :-wide]
    return np.asarray(total / wide**2, dtype=np.float64)


def _guide(picture: Image.Image, box: Box, size: tuple[int, int]) -> _Plane:
    """Return the content of the box in a size; outside the picture its edge is repeated."""
    inside = tuple(min(max(side, 0.0), 1.0) for side in box)
    left, top, right, bottom = _to_pixels(inside, picture.size)
    part = picture.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    return np.asarray(part.resize(size, Image.Resampling.BILINEAR), np.float64) / 255


def _to_pixels(box: tuple[float, ...], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    width, height = size
    return round(left * width), round(top * height), round(right * width), round(bottom * height)


_ANCHORS = ((0.0, 0.13, 0.30), (0.49, 0.48, 0.47), (1.0, 0.91, 0.25))
"""sRGB, in 0 to 1: blue, grey, yellow."""

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


@cache
def colour_map() -> NDArray[np.uint8]:
    """Return all colours, from 0 to 1: uint8 ``(256, 3)``, sRGB."""
    srgb = np.array(_ANCHORS)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    anchors = np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T
    lightness = np.linspace(anchors[0, 0], anchors[-1, 0], STEPS)
    lab = np.stack([np.interp(lightness, anchors[:, 0], axis) for axis in anchors.T], axis=1)
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * np.clip(srgb, 0, 1)), np.uint8)


def apply_colour_map(values: Map) -> NDArray[np.uint8]:
    """Return the colours of values in 0 to 1 of any shape: uint8 ``(..., 3)``, sRGB."""
    steps = np.rint(np.clip(values, 0, 1) * (STEPS - 1)).astype(np.intp)
    colours: NDArray[np.uint8] = colour_map()[steps]
    return colours


def to_layer(map_: Map) -> Image.Image:
    """Return a map as an RGBA layer over its picture, transparent where it is 0."""
    alpha = np.rint(255 * np.clip(map_, 0, 1)).astype(np.uint8)
    return Image.fromarray(np.dstack([apply_colour_map(map_), alpha]), "RGBA")


def overlay(picture: Image.Image, map_: Map, strength: float = STRENGTH) -> Image.Image:
    """Return a picture with its map, of the same size, over it."""
    layer = to_layer(map_)
    alpha = layer.getchannel("A").point(lambda value: round(strength * value))
    return Image.composite(layer.convert("RGB"), picture, alpha)


def draw_outline(picture: Image.Image, map_: Map, level: float = OUTLINED) -> Image.Image:
    """Return a picture with an outline, light on dark, around the area that its map marks."""
    drawn = picture.copy()
    wide = max(1, round(max(picture.size) / 300))
    marked = map_ >= level
    for reach, colour in ((2 * wide, _AROUND), (wide, _EDGE)):
        line = _dilate(marked, reach) & ~_dilate(marked, reach - 2 * wide)
        drawn.paste(colour, mask=Image.fromarray(line.astype(np.uint8) * 255))
    return drawn


def _dilate(marked: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """Grow an area by so many pixels on all sides; shrink it if the number is negative."""
    mask = Image.fromarray(marked.astype(np.uint8) * 255)
    grow = ImageFilter.MaxFilter(3) if reach > 0 else ImageFilter.MinFilter(3)
    for _ in range(abs(reach)):
        mask = mask.filter(grow)
    return np.asarray(mask) > 0
