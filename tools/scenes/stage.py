"""The stage: where a scene plays, and the pieces that its background is put together from."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from tools.scenes.atmosphere import Atmosphere, draw_sky
from tools.scenes.canvas import Canvas
from tools.scenes.colours import RGB, mix, shade
from tools.scenes.pen import Pen


@dataclass(frozen=True)
class Stage:
    """A canvas under a sky, for a place to paint its background on.

    Heights are shares of the picture's height, counted from the top. ``taken`` is where windows
    and the like leave no wall to hang a thing on: (left, right), in pixels.
    """

    canvas: Canvas
    air: Atmosphere
    rng: Random
    taken: list[tuple[float, float]] = field(default_factory=list)

    @property
    def width(self) -> int:
        """Of the picture, in pixels."""
        return self.canvas.width

    @property
    def height(self) -> int:
        """Of the picture, in pixels."""
        return self.canvas.height

    def lit(self, colour: RGB) -> RGB:
        """A colour in this hour's light."""
        return self.air.light.on(colour)

    def pen(self, x: float, y: float, size: float) -> Pen:
        """A pen at shares (x, y) of the picture, its unit a share of the picture's height."""
        return Pen(
            self.canvas, x * self.width, y * self.height, size * self.height, light=self.air.light
        )

    def take(self, x: float, reach: float) -> None:
        """Keep the wall free at ``x``, ``reach`` (a share of the height) to both sides."""
        middle, half = x * self.width, reach * self.height
        self.taken.append((middle - half, middle + half))

    def sky(self, horizon: float) -> None:
        """Paint the sky down to ``horizon``."""
        self.canvas.gradient(horizon * self.height, self.height, self.air.lower, self.air.lower)
        draw_sky(self.canvas, self.air, self.rng, horizon * self.height)

    def floor(self, top: float, bottom: float, far: RGB, near: RGB) -> None:
        """Paint a band of ground, ``far`` at its top edge and ``near`` at its bottom edge."""
        self.canvas.gradient(top * self.height, bottom * self.height, self.lit(far), self.lit(near))

    def ridge(self, level: float, rise: float, colour: RGB, *, rugged: bool = False) -> None:
        """A row of hills (if rugged, of peaks) that rises from ``level``, down to the bottom."""
        heights = self._peaks(rise) if rugged else self._waves(rise)
        step = self.width / (len(heights) - 1)
        top = [(place * step, (level - high) * self.height) for place, high in enumerate(heights)]
        base = [(self.width, self.height), (0.0, self.height)]
        self.canvas.polygon([*top, *base], self.lit(colour), 0)

    def _waves(self, rise: float) -> list[float]:
        one, two = self.rng.uniform(0, 6.28), self.rng.uniform(0, 6.28)
        slow, fast = self.rng.uniform(3, 5), self.rng.uniform(7, 10)
        return [
            rise
            * (0.5 + 0.32 * math.sin(one + slow * at / 40) + 0.18 * math.sin(two + fast * at / 40))
            for at in range(41)
        ]

    def _peaks(self, rise: float) -> list[float]:
        return [
            rise * (self.rng.uniform(0.75, 1.0) if at % 2 else self.rng.uniform(0.2, 0.5))
            for at in range(9)
        ]

    def mountains(self, level: float, rise: float, colour: RGB, snow: RGB) -> None:
        """Large peaks with snow on their tops and a lighter side."""
        count = self.rng.randint(3, 4)
        for place in range(count):
            middle = (place + self.rng.uniform(0.2, 0.8)) / count * self.width
            high = rise * self.rng.uniform(0.65, 1.0) * self.height
            wide = high * self.rng.uniform(0.9, 1.2)
            foot = level * self.height
            self._mountain(middle, foot, wide, high, colour, snow)

    def _mountain(
        self, middle: float, foot: float, wide: float, high: float, colour: RGB, snow: RGB
    ) -> None:
        peak = (middle, foot - high)
        lean = middle + wide * 0.12
        sides = [(middle - wide, foot), peak, (middle + wide, foot)]
        self.canvas.polygon(sides, self.lit(colour), 0)
        shaded = [
            peak,
            (middle + wide, foot),
            (lean, foot),
            (middle - wide * 0.06, foot - high * 0.5),
        ]
        self.canvas.polygon(shaded, self.lit(shade(colour, -0.18)), 0)
        cap = [
            (middle - wide * 0.34, foot - high * 0.66), peak,
            (middle + wide * 0.34, foot - high * 0.66),
            (middle + wide * 0.2, foot - high * 0.72), (middle + wide * 0.08, foot - high * 0.6),
            (middle - wide * 0.06, foot - high * 0.71), (middle - wide * 0.2, foot - high * 0.6),
        ]  # fmt: skip
        self.canvas.polygon(cap, self.lit(snow), 0)

    def tufts(self, top: float, bottom: float, colour: RGB, count: int) -> None:
        """Small blades of grass between two heights."""
        for _ in range(count):
            y = self.rng.uniform(top, bottom)
            size = 0.012 + 0.03 * (y - top)
            pen = self.pen(self.rng.random(), y, size)
            pen.polygon([(-0.4, 0), (-0.55, 0.9), (-0.1, 0), (0.02, 1.2), (0.2, 0), (0.6, 0.8),
                         (0.5, 0)], colour)  # fmt: skip

    def flowers(self, top: float, bottom: float, count: int) -> None:
        """Small flowers between two heights."""
        petals: tuple[RGB, ...] = (
            (250, 240, 244),
            (250, 206, 92),
            (236, 120, 140),
            (178, 140, 220),
        )
        for _ in range(count):
            y = self.rng.uniform(top, bottom)
            pen = self.pen(self.rng.random(), y, 0.008 + 0.012 * (y - top) / (bottom - top))
            petal = self.rng.choice(petals)
            for x, up in ((0.6, 0), (-0.6, 0), (0, 0.6), (0, -0.6)):
                pen.disc(x, up, 0.55, petal)
            pen.disc(0, 0, 0.42, (250, 222, 120))

    def ripples(self, top: float, bottom: float, colour: RGB, count: int) -> None:
        """Short light strokes on the water between two heights."""
        for _ in range(count):
            y = self.rng.uniform(top, bottom)
            long = 0.02 + 0.05 * (y - top) / (bottom - top)
            self.pen(self.rng.random(), y, long).oval(0, 0, 1.0, 0.06, colour, opacity=0.5)

    def wood(self, level: float, size: float, colour: RGB, count: int, *, pines: bool) -> None:
        """A row of simple trees along ``level``."""
        for place in range(count):
            x = (place + self.rng.uniform(0.1, 0.9)) / count
            pen = self.pen(x, level, size * self.rng.uniform(0.75, 1.1))
            tone = shade(colour, self.rng.uniform(-0.1, 0.1))
            if pines:
                pen.polygon([(-0.26, 0), (0.26, 0), (0, 0.66)], tone)
                pen.polygon([(-0.2, 0.34), (0.2, 0.34), (0, 1.0)], tone)
            else:
                pen.box(-0.03, 0, 0.03, 0.4, (110, 80, 60))
                pen.oval(0, 0.6, 0.3, 0.4, tone)

    def far(self, colour: RGB, share: float) -> RGB:
        """A colour paled by the air between, towards the sky above the horizon."""
        return mix(colour, self.air.lower, share)


Paint: TypeAlias = Callable[[Stage], None]


@dataclass(frozen=True)
class Row:
    """Where some kinds may be: ``top`` to ``bottom`` (shares of the height), and how large.

    ``phrases`` says where that is; without them the place's own phrases do.
    """

    kinds: tuple[str, ...]
    top: float
    bottom: float
    scale: float = 1.0
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """A kind of place.

    Attributes:
        name: its plainest name.
        phrases: where a thing is, said of this place: ``on the beach``.
        views: the place itself: ``a sandy beach``.
        paint: paints the background.
        rows: ``front``, ``back``, ``water``, ``air``, ``wall``: what may be where.
        weathers: those that a picture of it shows; empty indoors and under water.
        indoors: it has a roof, and nobody runs.
    """

    name: str
    phrases: tuple[str, ...]
    views: tuple[str, ...]
    paint: Paint
    rows: Mapping[str, Row]
    weathers: tuple[str, ...] = ("sunny", "cloudy", "rain", "snow", "fog", "clear")
    indoors: bool = False
