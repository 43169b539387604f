"""The pen: shapes in a thing's own measure, laid on the canvas where the thing stands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tools.scenes.canvas import Canvas, Point
from tools.scenes.colours import PLAIN, RGB, Light

CURVE_STEPS = 6
CIRCLE = tuple(
    (math.cos(2 * math.pi * step / 28), math.sin(2 * math.pi * step / 28)) for step in range(28)
)


@dataclass(frozen=True)
class Pen:
    """Draws in local units: (0, 0) is where the thing touches the ground, x right, y up.

    Attributes:
        x, y: the local origin, in pixels of the picture.
        unit: pixels to one local unit; for most things one unit is its height.
        flip: mirrored, so that it looks to the left.
        thing: the number that the canvas notes for what is drawn.
        light: what the hour and the weather do to colours.
    """

    canvas: Canvas
    x: float
    y: float
    unit: float
    flip: bool = False
    thing: int = 0
    light: Light = PLAIN

    def at(self, x: float, y: float, scale: float = 1.0, *, flip: bool = False) -> "Pen":
        """A pen whose origin lies at (x, y) of this one's measure."""
        left, top = self._place((x, y))
        return replace(self, x=left, y=top, unit=self.unit * scale, flip=self.flip != flip)

    def lit(self) -> "Pen":
        """A pen whose colours give light: the hour does not dim them."""
        return replace(self, light=PLAIN)

    def _place(self, point: Point) -> Point:
        across = -point[0] if self.flip else point[0]
        return self.x + across * self.unit, self.y - point[1] * self.unit

    def polygon(self, points: Sequence[Point], colour: RGB, opacity: float = 1) -> None:
        """Fill a polygon with straight sides."""
        placed = [self._place(point) for point in points]
        self.canvas.polygon(placed, self.light.on(colour), self.thing, opacity)

    def blob(self, points: Sequence[Point], colour: RGB, opacity: float = 1) -> None:
        """Fill the smooth closed curve through ``points`` (Catmull-Rom)."""
        self.polygon(_smooth(points), colour, opacity)

    def oval(
        self,
        x: float,
        y: float,
        across: float,
        up: float,
        colour: RGB,
        tilt: float = 0,
        opacity: float = 1,
    ) -> None:
        """Fill an ellipse with radii ``across`` and ``up``, turned left by ``tilt`` radians."""
        if tilt:
            self.polygon(_turned(x, y, across, up, tilt), colour, opacity)
            return
        left, top = self._place((x, y))
        wide, high = across * self.unit, up * self.unit
        corners = (left - wide, top - high, left + wide, top + high)
        self.canvas.oval(corners, self.light.on(colour), self.thing, opacity)

    def disc(self, x: float, y: float, radius: float, colour: RGB, opacity: float = 1) -> None:
        """Fill a circle."""
        self.oval(x, y, radius, radius, colour, opacity=opacity)

    def dome(self, x: float, y: float, across: float, up: float, colour: RGB) -> None:
        """Fill the upper half of an ellipse (the lower half for ``up`` below 0)."""
        arc = [(x + across * cos, y + up * sin) for cos, sin in CIRCLE[:15]]
        self.polygon(arc, colour)

    def box(
        self,
        left: float,
        bottom: float,
        right: float,
        top: float,
        colour: RGB,
        round_by: float = 0,
        opacity: float = 1,
    ) -> None:
        """Fill a rectangle, its corners rounded by ``round_by``."""
        if not round_by:
            corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
            self.polygon(corners, colour, opacity)
            return
        centres = (
            (right - round_by, top - round_by),
            (left + round_by, top - round_by),
            (left + round_by, bottom + round_by),
            (right - round_by, bottom + round_by),
        )
        rim = [
            (x + round_by * cos, y + round_by * sin)
            for corner, (x, y) in enumerate(centres)
            for cos, sin in CIRCLE[7 * corner : 7 * corner + 8]
        ]
        self.polygon(rim, colour, opacity)

    def limb(
        self, points: Sequence[Point], width: float, colour: RGB, end: float | None = None
    ) -> None:
        """A thick line with round joints, ``width`` at its start and ``end`` at its end."""
        last = len(points) - 1
        slim = width if end is None else end
        widths = [width + (slim - width) * place / last for place in range(last + 1)]
        for (start, stop), (thick, thin) in zip(
            pairwise(points),
            pairwise(widths),
            strict=True,
        ):
            self.polygon(_bar(start, stop, thick / 2, thin / 2), colour)
        for (x, y), thick in zip(points, widths, strict=True):
            self.disc(x, y, thick / 2, colour)

    def shadow(self, across: float, up: float = 0.0, opacity: float = 0.2) -> None:
        """A soft shadow on the ground, ``across`` to each side."""
        deep = up or across * 0.16
        self.oval(0, 0, across, deep, (30, 28, 50), opacity=opacity * 0.5)
        self.oval(0, 0, across * 0.82, deep * 0.75, (30, 28, 50), opacity=opacity * 0.6)


def _bar(start: Point, stop: Point, thick: float, thin: float) -> list[Point]:
    along = math.hypot(stop[0] - start[0], stop[1] - start[1]) or 1.0
    side_x, side_y = (start[1] - stop[1]) / along, (stop[0] - start[0]) / along
    return [
        (start[0] + side_x * thick, start[1] + side_y * thick),
        (stop[0] + side_x * thin, stop[1] + side_y * thin),
        (stop[0] - side_x * thin, stop[1] - side_y * thin),
        (start[0] - side_x * thick, start[1] - side_y * thick),
    ]


def _turned(x: float, y: float, across: float, up: float, tilt: float) -> list[Point]:
    cosine, sine = math.cos(tilt), math.sin(tilt)
    return [
        (x + across * cos * cosine - up * sin * sine, y + across * cos * sine + up * sin * cosine)
        for cos, sin in CIRCLE
    ]


def _smooth(points: Sequence[Point]) -> list[Point]:
    count = len(points)
    return [
        _between(
            points[place - 1],
            points[place],
            points[(place + 1) % count],
            points[(place + 2) % count],
            step / CURVE_STEPS,
        )
        for place in range(count)
        for step in range(CURVE_STEPS)
    ]


def _between(before: Point, start: Point, stop: Point, after: Point, at: float) -> Point:
    weights = (
        (-at + 2 * at**2 - at**3) / 2,
        (2 - 5 * at**2 + 3 * at**3) / 2,
        (at + 4 * at**2 - 3 * at**3) / 2,
        (-(at**2) + at**3) / 2,
    )
    four = (before, start, stop, after)
    return (
        sum(weight * point[0] for weight, point in zip(weights, four, strict=True)),
        sum(weight * point[1] for weight, point in zip(weights, four, strict=True)),
    )
