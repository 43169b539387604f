"""What rolls on the road or on rails."""

from tools.scenes.colours import PAINTS, RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

TYRE: RGB = (48, 46, 52)
RIM: RGB = (206, 210, 214)
GLASS: RGB = (186, 220, 236)
LAMP: RGB = (255, 240, 180)


def wheel(pen: Pen, x: float, radius: float) -> None:
    """A wheel that stands on the ground at ``x``."""
    pen.disc(x, radius, radius, TYRE)
    pen.disc(x, radius, radius * 0.56, RIM)
    pen.disc(x, radius, radius * 0.2, (110, 112, 120))


def _windows(pen: Pen, left: float, right: float, bottom: float, top: float, count: int) -> None:
    step = (right - left) / count
    for place in range(count):
        start = left + place * step
        pen.box(start, bottom, start + step * 0.84, top, GLASS, 0.03)
        pen.polygon([(start + step * 0.2, bottom), (start + step * 0.4, bottom),
                     (start + step * 0.65, top), (start + step * 0.45, top)],
                    (226, 242, 248))  # fmt: skip


def _car(pen: Pen, look: Look) -> None:
    pen.blob([(-1.2, 0.3), (-1.18, 0.56), (-0.9, 0.64), (-0.55, 0.98), (0.2, 1.0), (0.55, 0.68),
              (1.1, 0.56), (1.22, 0.3), (1.1, 0.18), (-1.1, 0.18)], look.rgb)  # fmt: skip
    pen.polygon([(-0.72, 0.64), (-0.48, 0.9), (-0.14, 0.91), (-0.14, 0.64)], GLASS)
    pen.polygon([(-0.06, 0.64), (-0.06, 0.91), (0.18, 0.9), (0.44, 0.64)], GLASS)
    pen.polygon([(-0.3, 0.64), (-0.2, 0.64), (-0.14, 0.8), (-0.14, 0.91), (-0.2, 0.9)],
                (226, 242, 248))  # fmt: skip
    pen.box(-1.18, 0.2, 1.18, 0.32, shade(look.rgb, -0.2), 0.05)
    pen.box(-0.28, 0.53, -0.14, 0.56, shade(look.rgb, -0.35))
    pen.oval(1.13, 0.46, 0.07, 0.06, LAMP)
    pen.oval(-1.15, 0.46, 0.05, 0.07, (190, 50, 50))
    wheel(pen, -0.72, 0.23)
    wheel(pen, 0.72, 0.23)


def _bus(pen: Pen, look: Look) -> None:
    pen.box(-1.1, 0.14, 1.1, 1.0, look.rgb, 0.1)
    pen.box(-1.1, 0.16, 1.1, 0.3, shade(look.rgb, -0.25), 0.04)
    pen.box(-1.06, 0.42, 1.06, 0.46, shade(look.rgb, 0.6))
    _windows(pen, -1.02, 0.66, 0.56, 0.86, 5)
    pen.box(0.72, 0.24, 0.9, 0.86, shade(GLASS, -0.12), 0.02)
    pen.box(0.96, 0.5, 1.09, 0.86, GLASS, 0.03)
    pen.oval(1.06, 0.34, 0.035, 0.045, LAMP)
    wheel(pen, -0.66, 0.16)
    wheel(pen, 0.5, 0.16)


def _truck(pen: Pen, look: Look) -> None:
    cargo: RGB = (232, 230, 222)
    pen.box(-1.15, 0.26, 0.42, 1.0, cargo, 0.03)
    pen.box(-1.15, 0.26, 0.42, 0.46, look.rgb)
    for x in (-0.8, -0.4, 0.0):
        pen.box(x, 0.42, x + 0.02, 0.98, shade(cargo, -0.1))
    pen.blob([(0.47, 0.2), (0.47, 0.8), (0.62, 0.84), (0.88, 0.82), (1.04, 0.55), (1.12, 0.5),
              (1.14, 0.2)], look.rgb)  # fmt: skip
    pen.polygon([(0.66, 0.54), (0.66, 0.76), (0.86, 0.76), (0.98, 0.54)], GLASS)
    pen.box(-1.15, 0.18, 1.15, 0.27, (80, 82, 92), 0.03)
    pen.oval(1.1, 0.36, 0.035, 0.05, LAMP)
    for x in (-0.85, -0.45, 0.78):
        wheel(pen, x, 0.17)


def _van(pen: Pen, look: Look) -> None:
    pen.blob([(-0.98, 0.2), (-1.0, 0.84), (-0.86, 0.98), (0.35, 0.99), (0.6, 0.9), (0.86, 0.56),
              (1.0, 0.48), (1.02, 0.2)], look.rgb)  # fmt: skip
    pen.box(-0.98, 0.16, 1.0, 0.28, shade(look.rgb, -0.22), 0.05)
    pen.polygon([(0.24, 0.58), (0.24, 0.88), (0.5, 0.86), (0.74, 0.58)], GLASS)
    _windows(pen, -0.84, 0.2, 0.58, 0.88, 2)
    pen.oval(0.96, 0.4, 0.05, 0.06, LAMP)
    wheel(pen, -0.56, 0.2)
    wheel(pen, 0.56, 0.2)


def _bicycle(pen: Pen, look: Look) -> None:
    for x in (-0.5, 0.52):
        pen.limb([(x + 0.3 * a, 0.32 + 0.3 * b) for a, b in _RING], 0.05, TYRE)
        pen.disc(x, 0.32, 0.04, RIM)
    frame = 0.062
    pen.limb([(-0.5, 0.32), (-0.2, 0.74), (0.36, 0.76), (0.0, 0.32), (-0.5, 0.32)], frame, look.rgb)
    pen.limb([(0.0, 0.32), (-0.24, 0.84)], frame, look.rgb)
    pen.limb([(0.52, 0.32), (0.34, 0.92), (0.48, 0.98)], frame, look.rgb)
    pen.limb([(-0.36, 0.86), (-0.12, 0.86)], 0.075, TYRE)
    pen.disc(0.0, 0.32, 0.075, (110, 112, 120))
    pen.limb([(0.0, 0.32), (0.06, 0.18), (0.13, 0.18)], 0.035, (80, 82, 90))


_RING = tuple(
    (x, y)
    for x, y in (
        (1, 0), (0.92, 0.38), (0.71, 0.71), (0.38, 0.92), (0, 1), (-0.38, 0.92), (-0.71, 0.71),
        (-0.92, 0.38), (-1, 0), (-0.92, -0.38), (-0.71, -0.71), (-0.38, -0.92), (0, -1),
        (0.38, -0.92), (0.71, -0.71), (0.92, -0.38), (1, 0),
    )
)  # fmt: skip


def _train(pen: Pen, look: Look) -> None:
    for left, right in ((-2.0, -0.72), (-0.64, 0.6)):
        pen.box(left, 0.16, right, 0.9, look.rgb, 0.06)
        pen.box(left, 0.42, right, 0.5, shade(look.rgb, 0.6))
        _windows(pen, left + 0.1, right - 0.04, 0.56, 0.8, 3)
        for x in (left + 0.24, right - 0.24):
            wheel(pen, x, 0.12)
    pen.blob([(0.66, 0.16), (0.68, 0.9), (1.2, 0.94), (1.62, 0.74), (1.86, 0.4), (1.84, 0.18)],
             look.rgb)  # fmt: skip
    pen.polygon([(1.24, 0.6), (1.24, 0.84), (1.46, 0.76), (1.62, 0.6)], GLASS)
    pen.box(0.7, 0.42, 1.74, 0.5, shade(look.rgb, 0.6))
    _windows(pen, 0.76, 1.16, 0.58, 0.8, 1)
    pen.oval(1.76, 0.34, 0.05, 0.045, LAMP)
    for x in (0.92, 1.5):
        wheel(pen, x, 0.12)


def _tractor(pen: Pen, look: Look) -> None:
    pen.box(-0.5, 0.62, 0.06, 0.98, GLASS)
    pen.box(-0.56, 0.94, 0.14, 1.02, look.rgb, 0.03)
    pen.limb([(-0.5, 0.95), (-0.5, 0.5)], 0.05, look.rgb)
    pen.limb([(0.05, 0.95), (0.05, 0.5)], 0.05, look.rgb)
    pen.limb([(0.46, 0.6), (0.46, 0.94)], 0.05, (80, 80, 88))
    pen.blob(
        [(-0.6, 0.3), (-0.6, 0.6), (0.1, 0.62), (0.76, 0.6), (0.8, 0.3), (0.1, 0.24)], look.rgb
    )
    pen.box(0.5, 0.3, 0.79, 0.36, shade(look.rgb, -0.3))
    pen.oval(0.78, 0.5, 0.04, 0.06, LAMP)
    pen.disc(-0.42, 0.36, 0.36, TYRE)
    pen.disc(-0.42, 0.36, 0.2, (240, 200, 80))
    pen.disc(0.56, 0.22, 0.22, TYRE)
    pen.disc(0.56, 0.22, 0.12, (240, 200, 80))


DRIVEN = poses(park="be parked", drive="drive")

KINDS = (
    Kind("car", nouns("car"), _car, 0.25, 2.45, PAINTS, DRIVEN, 2),
    Kind("bus", nouns("bus:buses"), _bus, 0.38, 2.2,
         ("red", "yellow", "green", "blue", "white", "orange"), DRIVEN),
    Kind("truck", nouns("truck, truck, lorry:lorries"), _truck, 0.36, 2.3,
         ("red", "yellow", "green", "blue", "orange"), DRIVEN),
    Kind("van", nouns("van"), _van, 0.31, 2.05, PAINTS, DRIVEN),
    Kind("bicycle", nouns("bicycle, bike"), _bicycle, 0.28, 1.75,
         ("red", "yellow", "green", "blue", "pink", "black", "orange"),
         poses(park="be parked, stand"), 2),
    Kind("train", nouns("train"), _train, 0.24, 3.9,
         ("red", "green", "blue", "orange", "purple"), poses(drive="pass, run along the track")),
    Kind("tractor", nouns("tractor"), _tractor, 0.38, 1.65, ("red", "green", "blue", "orange"),
         DRIVEN),
)  # fmt: skip
