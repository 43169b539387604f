"""The canvas: a picture drawn three times too large and reduced, and a map of what is where."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tools.scenes.colours import RGB

Point: TypeAlias = tuple[float, float]

OVERSAMPLING = 3
NOTHING = 0

_ACROSS = np.linspace(-1, 1, 128)
_FADING = 255 * np.clip(1 - np.hypot(_ACROSS[:, None], _ACROSS[None, :]), 0, 1) ** 2
"""float64 ``(128, 128)``: 255 in the middle, 0 from the inscribed circle on."""


class Canvas:
    """Paint and, beside it, the number of the thing that each pixel belongs to.

    Coordinates are pixels of the finished picture, x to the right and y down, as floats.
    """

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._paint = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING))
        self._map = Image.new("L", (width, height), NOTHING)
        self._solid = ImageDraw.Draw(self._paint)
        self._sheer = ImageDraw.Draw(self._paint, "RGBA")
        self._marks = ImageDraw.Draw(self._map)

    def polygon(self, points: Sequence[Point], colour: RGB, thing: int, opacity: float = 1) -> None:
        """Fill a polygon; what is not opaque leaves the map as it is."""
        flat = [value * OVERSAMPLING for point in points for value in point]
        if opacity < 1:
            self._sheer.polygon(flat, fill=(*colour, round(255 * opacity)))
            return
        self._solid.polygon(flat, fill=colour)
        self._marks.polygon([value for point in points for value in point], fill=thing)

    def oval(
        self,
        corners: tuple[float, float, float, float],
        colour: RGB,
        thing: int,
        opacity: float = 1,
    ) -> None:
        """Fill the upright ellipse that touches the box (left, top, right, bottom)."""
        large = [value * OVERSAMPLING for value in corners]
        if opacity < 1:
            self._sheer.ellipse(large, fill=(*colour, round(255 * opacity)))
            return
        self._solid.ellipse(large, fill=colour)
        self._marks.ellipse(corners, fill=thing)

    def gradient(self, top: float, bottom: float, upper: RGB, lower: RGB) -> None:
        """Fill the rows from ``top`` to ``bottom`` with colours from ``upper`` to ``lower``."""
        first, last = round(top * OVERSAMPLING), round(bottom * OVERSAMPLING)
        shares = np.linspace(0, 1, max(last - first, 1))[:, None]
        column = np.array(upper) * (1 - shares) + np.array(lower) * shares
        strip = Image.fromarray(np.rint(column).astype(np.uint8)[:, None, :])
        self._paint.paste(strip.resize((self._paint.width, strip.height)), (0, first))
        self._marks.rectangle((0, round(top), self.width, round(bottom)), fill=NOTHING)

    def glow(self, centre: Point, radius: float, colour: RGB, strength: float) -> None:
        """Lay a soft round light over what is there."""
        size = max(round(2 * radius * OVERSAMPLING), 1)
        mask = Image.fromarray(np.rint(_FADING * strength).astype(np.uint8)).resize((size, size))
        corner = (round(centre[0] * OVERSAMPLING) - size // 2,
                  round(centre[1] * OVERSAMPLING) - size // 2)  # fmt: skip
        self._paint.paste(colour, (*corner, corner[0] + size, corner[1] + size), mask)

    def veil(self, top: float, bottom: float, colour: RGB, upper: float, lower: float) -> None:
        """Lay mist over the rows from ``top`` to ``bottom``, its opacity from ``upper`` on."""
        first, last = round(top * OVERSAMPLING), round(bottom * OVERSAMPLING)
        opacity = np.linspace(upper * 255, lower * 255, max(last - first, 1))
        strip = Image.fromarray(np.rint(opacity).astype(np.uint8)[:, None])
        mask = strip.resize((self._paint.width, strip.height))
        self._paint.paste(colour, (0, first, self._paint.width, first + strip.height), mask)

    def area(self, thing: int) -> int:
        """How many pixels of the map show ``thing``."""
        return self._map.histogram()[thing]

    def picture(self) -> Image.Image:
        """The finished picture, RGB, reduced to its size."""
        return self._paint.reduce(OVERSAMPLING)

    def things(self) -> NDArray[np.uint8]:
        """uint8 ``(height, width)``: the number of the thing seen at each pixel, 0 for none."""
        return np.asarray(self._map)
