"""A grid of cells → a map of the picture as it is shown.

The cells are enlarged, then drawn to the picture's own edges by a guided filter (He, Sun and Tang,
"Guided image filtering", TPAMI 2013, eq. 5, 6, 8), whose window reaches one cell around: within it
the map is a line in the guide's brightness,

    m = mean(a)·g + mean(b),   a = cov(g, c) / (var(g) + ε),   b = mean(c) − a·mean(g)

with ``c`` the enlarged cells and ``g`` one channel of the picture; the three channels' maps are
averaged. Where the tower reads only a part of the picture, the rest is 0.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.maps import Cells, Map, brightest

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
        box: the part of the picture over which the cells lie.
    """
    rows, cols = cells.shape
    size = (cols * CELL, rows * CELL)
    enlarged = Image.fromarray(brightest(cells)).resize(size, Image.Resampling.BICUBIC)
    refined = guided_filter(np.asarray(enlarged, np.float64), _guide(picture, box, size))
    return brightest(_place(refined.astype(np.float32), picture.size, box))


def guided_filter(values: _Plane, guide: _Plane, reach: int = CELL) -> _Plane:
    """Filter values ``(h, w)`` by a guide ``(h, w, channels)``, whose edges they then have."""
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
    """What lies in the box, in that size; beyond the picture its edge goes on."""
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
