"""Things small enough to carry, and what stands about outdoors."""

from tools.scenes.colours import BRIGHT, RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

WOOD: RGB = (158, 108, 68)
LEAF: RGB = (92, 156, 92)


def _ball(pen: Pen, look: Look) -> None:
    pen.disc(0, 0.5, 0.5, look.rgb)
    pen.blob([(-0.12, 0.98), (0.12, 0.98), (0.3, 0.5), (0.12, 0.02), (-0.12, 0.02), (0.06, 0.5)],
             shade(look.rgb, 0.65))  # fmt: skip
    pen.oval(-0.2, 0.7, 0.13, 0.09, (255, 255, 255), 0.6, 0.5)


def umbrella(pen: Pen, look: Look) -> None:
    """An open umbrella; its handle's end is the origin."""
    pen.limb([(0, 0.9), (0, 0.06), (0.03, 0.0), (0.07, 0.03)], 0.022, (92, 70, 60))
    pen.dome(0, 0.6, 0.52, 0.38, look.rgb)
    for x in (-0.39, -0.13, 0.13, 0.39):
        pen.dome(x, 0.6, 0.13, -0.045, shade(look.rgb, -0.18))
    pen.blob([(0, 0.98), (-0.2, 0.82), (-0.26, 0.6), (0, 0.585), (0.26, 0.6), (0.2, 0.82)],
             shade(look.rgb, 0.14))  # fmt: skip
    pen.limb([(0, 0.97), (0, 1.02)], 0.02, (92, 70, 60))


def balloon(pen: Pen, look: Look) -> None:
    """A toy balloon on a string whose end is the origin."""
    pen.limb([(0, 0), (0.02, 0.2), (-0.01, 0.4), (0, 0.56)], 0.012, (120, 110, 110))
    pen.polygon([(0, 0.57), (-0.04, 0.52), (0.04, 0.52)], shade(look.rgb, -0.2))
    pen.oval(0, 0.78, 0.19, 0.23, look.rgb)
    pen.oval(-0.07, 0.86, 0.045, 0.07, (255, 255, 255), -0.4, 0.55)


def _beach_umbrella(pen: Pen, look: Look) -> None:
    pen.limb([(0.02, 0), (0, 0.95)], 0.028, (240, 232, 214))
    pen.dome(0, 0.62, 0.58, 0.38, look.rgb)
    for middle in (-0.3, 0.3):
        pen.blob([(0, 1.0), (middle * 0.6 - 0.08, 0.88), (middle - 0.11, 0.62),
                  (middle + 0.11, 0.62), (middle * 0.6 + 0.08, 0.88)],
                 (252, 246, 236))  # fmt: skip
    pen.disc(0, 1.0, 0.025, (240, 232, 214))


def _bench(pen: Pen, look: Look) -> None:
    legs: RGB = (70, 72, 80)
    for x in (-0.78, 0.78):
        pen.limb([(x, 0.98), (x, 0.45), (x, 0.02)], 0.07, legs)
        pen.limb([(x - 0.1, 0.02), (x + 0.1, 0.02)], 0.06, legs)
    for y in (0.92, 0.74):
        pen.box(-0.95, y - 0.07, 0.95, y + 0.06, look.rgb, 0.03)
    pen.box(-0.98, 0.42, 0.98, 0.54, shade(look.rgb, 0.1), 0.03)
    pen.box(-0.98, 0.4, 0.98, 0.44, shade(look.rgb, -0.25))


def _tent(pen: Pen, look: Look) -> None:
    pen.polygon([(0.1, 1.0), (0.95, 0.0), (-0.2, 0.0)], shade(look.rgb, -0.18))
    pen.polygon([(-0.2, 1.0), (0.1, 1.0), (0.95, 0.0), (0.55, 0.0)], look.rgb)
    pen.polygon([(-0.2, 1.0), (-0.95, 0.0), (0.55, 0.0)], look.rgb)
    pen.polygon([(-0.2, 0.82), (-0.46, 0.0), (0.08, 0.0)], shade(look.rgb, -0.55))
    pen.polygon([(-0.2, 0.82), (-0.46, 0.0), (-0.6, 0.0)], shade(look.rgb, 0.35))


def _vase(pen: Pen, look: Look) -> None:
    for x, y in ((-0.2, 0.8), (0.0, 0.9), (0.2, 0.79), (-0.1, 0.68), (0.12, 0.68)):
        pen.limb([(0, 0.35), (x, y)], 0.03, LEAF)
    petals: tuple[RGB, ...] = ((240, 120, 140), (250, 196, 84), (238, 110, 96), (250, 220, 230),
                               (190, 130, 210))  # fmt: skip
    heads = ((-0.2, 0.8), (0.2, 0.79), (-0.1, 0.68), (0.12, 0.67), (0.0, 0.9))
    for (x, y), petal in zip(heads, petals, strict=True):
        for side_x, side_y in ((0.055, 0), (-0.055, 0), (0, 0.055), (0, -0.055)):
            pen.disc(x + side_x, y + side_y, 0.055, petal)
        pen.disc(x, y, 0.035, (252, 226, 130))
    pen.blob([(-0.1, 0.48), (-0.12, 0.38), (-0.22, 0.2), (-0.12, 0.0), (0.12, 0.0), (0.22, 0.2),
              (0.12, 0.38), (0.1, 0.48)], look.rgb)  # fmt: skip
    pen.oval(-0.1, 0.22, 0.035, 0.1, shade(look.rgb, 0.4), opacity=0.8)


def _bottle(pen: Pen, look: Look) -> None:
    pen.blob([(-0.15, 0.02), (-0.16, 0.5), (-0.06, 0.7), (-0.06, 0.92), (0.06, 0.92), (0.06, 0.7),
              (0.16, 0.5), (0.15, 0.02)], look.rgb)  # fmt: skip
    pen.box(-0.07, 0.9, 0.07, 1.0, shade(look.rgb, -0.4), 0.02)
    pen.box(-0.155, 0.2, 0.155, 0.45, (250, 246, 234))
    pen.oval(-0.08, 0.56, 0.02, 0.06, (255, 255, 255), opacity=0.6)


def _cup(pen: Pen, look: Look) -> None:
    pen.disc(0.44, 0.5, 0.24, look.rgb)
    pen.disc(0.44, 0.5, 0.13, shade(look.rgb, 0.55))
    pen.polygon([(-0.45, 0.95), (0.45, 0.95), (0.34, 0.0), (-0.34, 0.0)], look.rgb)
    pen.oval(0, 0.95, 0.45, 0.1, shade(look.rgb, 0.3))
    pen.oval(0, 0.94, 0.37, 0.07, (92, 58, 42))


def _book(pen: Pen, look: Look) -> None:
    pen.polygon([(-0.9, 0.1), (0.8, 0.1), (0.95, 0.8), (-0.7, 0.8)], (246, 240, 226))
    pen.polygon([(-0.9, 0.35), (0.8, 0.35), (1.0, 1.0), (-0.66, 1.0)], look.rgb)
    pen.polygon([(-0.9, 0.35), (-0.66, 1.0), (-0.72, 0.7), (-0.92, 0.0)], shade(look.rgb, -0.3))
    pen.polygon([(-0.92, 0.0), (0.8, 0.0), (0.8, 0.1), (-0.9, 0.1)], shade(look.rgb, -0.2))
    pen.polygon([(-0.4, 0.58), (0.4, 0.58), (0.5, 0.8), (-0.3, 0.8)], shade(look.rgb, 0.6))


def _apple(pen: Pen, look: Look) -> None:
    pen.limb([(0.02, 0.7), (0.06, 0.98)], 0.07, (100, 72, 50))
    pen.blob([(0.1, 0.86), (0.34, 1.0), (0.42, 0.86), (0.22, 0.78)], LEAF)
    pen.blob([(0, 0.72), (-0.28, 0.82), (-0.5, 0.5), (-0.3, 0.06), (0, 0.06), (0.3, 0.06),
              (0.5, 0.5), (0.28, 0.82)], look.rgb)  # fmt: skip
    pen.oval(-0.22, 0.56, 0.08, 0.14, (255, 255, 255), 0.3, 0.45)


def _guitar(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.45)
    pen.limb([(0.04, 0.5), (0.14, 0.92)], 0.05, dark)
    pen.limb([(0.14, 0.91), (0.155, 0.985)], 0.08, shade(look.rgb, -0.25))
    pen.oval(-0.02, 0.2, 0.21, 0.2, look.rgb)
    pen.oval(0.05, 0.44, 0.155, 0.14, look.rgb)
    pen.disc(0.03, 0.34, 0.065, dark)
    pen.limb([(-0.07, 0.14), (0.02, 0.12)], 0.03, dark)
    pen.limb([(-0.02, 0.14), (0.12, 0.86)], 0.012, (250, 240, 220))


def _snowman(pen: Pen, look: Look) -> None:
    snow: RGB = (250, 252, 255)
    for side in (-1, 1):
        pen.limb([(0.15 * side, 0.5), (0.38 * side, 0.62)], 0.025, (104, 74, 52))
    pen.disc(0, 0.22, 0.24, snow)
    pen.oval(0.07, 0.16, 0.15, 0.14, (214, 226, 242), opacity=0.6)
    pen.disc(0, 0.53, 0.18, snow)
    pen.disc(0, 0.77, 0.13, snow)
    pen.limb([(-0.12, 0.66), (0.0, 0.63), (0.12, 0.66)], 0.055, look.rgb)
    pen.limb([(0.08, 0.65), (0.11, 0.5)], 0.05, look.rgb)
    for x in (-0.045, 0.045):
        pen.disc(x, 0.8, 0.016, (40, 38, 46))
    pen.polygon([(0, 0.78), (0.12, 0.755), (0, 0.74)], (240, 140, 52))
    for y in (0.56, 0.48):
        pen.disc(0, y, 0.016, (40, 38, 46))
    pen.box(-0.16, 0.86, 0.16, 0.89, look.rgb, 0.01)
    pen.box(-0.095, 0.88, 0.095, 1.0, look.rgb, 0.015)


def _laptop(pen: Pen, _look: Look) -> None:
    pen.polygon([(-0.7, 0.0), (0.7, 0.0), (0.6, 0.14), (-0.6, 0.14)], (186, 190, 198))
    pen.box(-0.58, 0.12, 0.58, 1.0, (66, 68, 78), 0.04)
    pen.lit().box(-0.52, 0.19, 0.52, 0.94, (132, 194, 226))
    pen.lit().box(-0.42, 0.56, 0.1, 0.84, (236, 246, 250))


STILL = poses(stand="stand")
LIE = poses(lie="lie")
PAINTED = (*BRIGHT, "white")

KINDS = (
    Kind("ball", nouns("ball"), _ball, 0.15, 1.0, BRIGHT, LIE, 3),
    Kind("umbrella", nouns("umbrella"), umbrella, 0.3, 1.05, (*BRIGHT, "black", "white"), STILL),
    Kind("balloon", nouns("balloon"), balloon, 0.34, 0.4, BRIGHT, STILL),
    Kind("beach umbrella", nouns("beach umbrella, parasol"), _beach_umbrella, 0.5, 1.2,
         ("red", "orange", "yellow", "green", "blue", "purple", "pink"), STILL),
    Kind("bench", nouns("bench:benches"), _bench, 0.27, 2.0,
         ("brown", "green", "red", "blue", "white"), STILL, seat=(-0.7, 0.7, 0.53)),
    Kind("tent", nouns("tent"), _tent, 0.36, 1.9, (*BRIGHT, "gray"), STILL, 2),
    Kind("vase", nouns("vase of flowers:vases of flowers, flower vase"), _vase, 0.26, 0.6,
         ("white", "blue", "red", "yellow", "green", "purple", "black"), STILL),
    Kind("bottle", nouns("bottle"), _bottle, 0.22, 0.36, ("green", "blue", "brown", "red"),
         STILL, 3),
    Kind("cup", nouns("cup, mug"), _cup, 0.1, 1.2, (*PAINTED, "black"), STILL, 2),
    Kind("book", nouns("book"), _book, 0.075, 2.0, (*BRIGHT, "black"), LIE),
    Kind("apple", nouns("apple"), _apple, 0.1, 1.0, ("red", "green", "yellow"), LIE, 3),
    Kind("guitar", nouns("guitar"), _guitar, 0.42, 0.46, ("brown", "red", "blue", "orange"),
         STILL),
    Kind("snowman", nouns("snowman:snowmen"), _snowman, 0.42, 0.75,
         ("red", "blue", "green", "black", "purple"), STILL),
    Kind("laptop", nouns("laptop, laptop computer"), _laptop, 0.17, 1.4, (), STILL),
)  # fmt: skip
