"""What floats on the water and what flies."""

from tools.scenes.colours import PAINTS, RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

WOOD: RGB = (150, 102, 66)
CANVAS: RGB = (252, 246, 232)


def _sailing_boat(pen: Pen, look: Look) -> None:
    pen.limb([(0.0, 0.12), (0.0, 1.0)], 0.025, (110, 80, 60))
    pen.blob([(0.03, 0.96), (0.2, 0.62), (0.42, 0.26), (0.2, 0.23), (0.03, 0.23)], look.rgb)
    pen.polygon([(-0.03, 0.88), (-0.03, 0.24), (-0.34, 0.24)], shade(look.rgb, 0.25))
    pen.polygon([(-0.44, 0.17), (0.48, 0.17), (0.34, 0.0), (-0.32, 0.0)], CANVAS)
    pen.polygon([(-0.44, 0.17), (0.48, 0.17), (0.44, 0.12), (-0.41, 0.12)], WOOD)
    pen.polygon([(0.02, 0.99), (0.02, 0.93), (-0.12, 0.96)], (214, 60, 56))


def _rowing_boat(pen: Pen, look: Look) -> None:
    pen.blob([(-1.1, 0.86), (-0.6, 0.64), (0.6, 0.64), (1.2, 0.98), (0.84, 0.2), (0.5, 0.02),
              (-0.56, 0.02), (-0.9, 0.3)], look.rgb)  # fmt: skip
    pen.blob([(-1.0, 0.8), (-0.56, 0.72), (0.6, 0.72), (1.06, 0.88), (0.6, 0.58), (-0.56, 0.58)],
             shade(look.rgb, -0.4))  # fmt: skip
    for x in (-0.35, 0.3):
        pen.box(x - 0.1, 0.58, x + 0.1, 0.7, WOOD)
    pen.limb([(-0.2, 0.75), (0.28, 0.12), (0.38, -0.02)], 0.06, (196, 150, 100))
    pen.polygon([(-0.86, 0.36), (0.9, 0.36), (0.86, 0.26), (-0.82, 0.26)], shade(look.rgb, 0.5))


def _ship(pen: Pen, look: Look) -> None:
    pen.box(-0.06, 0.62, 0.16, 1.0, look.rgb, 0.02)
    pen.box(-0.06, 0.86, 0.16, 0.93, (250, 248, 240))
    pen.box(0.26, 0.6, 0.44, 0.9, look.rgb, 0.02)
    pen.box(0.26, 0.78, 0.44, 0.84, (250, 248, 240))
    pen.box(-0.6, 0.36, 0.7, 0.52, (250, 248, 240), 0.02)
    pen.box(-0.4, 0.52, 0.56, 0.66, (236, 236, 232), 0.02)
    for place in range(7):
        pen.disc(-0.48 + place * 0.17, 0.44, 0.03, (110, 160, 190))
    pen.polygon([(-1.0, 0.38), (1.15, 0.42), (0.92, 0.0), (-0.84, 0.0)], look.rgb)
    pen.polygon([(-0.9, 0.14), (1.0, 0.14), (0.92, 0.0), (-0.84, 0.0)], shade(look.rgb, -0.3))
    pen.polygon([(-0.99, 0.36), (1.14, 0.4), (1.12, 0.35), (-0.97, 0.31)], (250, 248, 240))


def _balloon(pen: Pen, look: Look) -> None:
    light, dark = shade(look.rgb, 0.35), shade(look.rgb, -0.12)
    pen.blob([(-0.06, 0.24), (-0.34, 0.5), (-0.4, 0.72), (-0.24, 0.94), (0, 1.0), (0.24, 0.94),
              (0.4, 0.72), (0.34, 0.5), (0.06, 0.24)], look.rgb)  # fmt: skip
    for middle, wide, colour in ((-0.2, 0.07, light), (0.2, 0.07, dark), (0.0, 0.09, light)):
        pen.blob([(middle * 0.2, 0.24), (middle - wide, 0.55), (middle - wide, 0.75),
                  (middle * 0.4, 0.985), (middle + wide, 0.75), (middle + wide, 0.55)],
                 colour)  # fmt: skip
    for x in (-0.07, 0.07):
        pen.limb([(x, 0.25), (x, 0.1)], 0.012, (96, 72, 54))
    pen.box(-0.095, 0.0, 0.095, 0.13, WOOD, 0.02)
    pen.box(-0.095, 0.09, 0.095, 0.13, shade(WOOD, -0.25))


def _airplane(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.2)
    pen.polygon([(-0.1, 0.6), (-0.5, 1.0), (-0.3, 1.0), (0.3, 0.62)], dark)
    pen.polygon([(-1.1, 0.55), (-1.36, 1.05), (-1.12, 1.05), (-0.76, 0.62)], dark)
    pen.blob([(-1.25, 0.58), (-0.9, 0.68), (0.6, 0.7), (1.1, 0.6), (1.22, 0.48), (1.0, 0.38),
              (0.2, 0.34), (-0.8, 0.44)], look.rgb)  # fmt: skip
    for place in range(6):
        pen.disc(-0.62 + place * 0.23, 0.56, 0.045, (110, 160, 200))
    pen.blob([(0.86, 0.63), (1.06, 0.58), (1.0, 0.5), (0.84, 0.53)], (110, 160, 200))
    pen.polygon([(0.34, 0.44), (-0.1, 0.44), (-0.66, 0.0), (-0.42, 0.0)], shade(look.rgb, -0.32))


def _kite(pen: Pen, look: Look) -> None:
    pen.limb([(0.02, 0.42), (-0.08, 0.28), (0.04, 0.18), (-0.06, 0.08), (0.04, 0.0)], 0.016,
             shade(look.rgb, -0.4))  # fmt: skip
    for x, y in ((-0.06, 0.3), (0.03, 0.19), (-0.05, 0.09)):
        pen.polygon([(x, y), (x - 0.06, y + 0.04), (x - 0.06, y - 0.03)], look.rgb)
        pen.polygon([(x, y), (x + 0.06, y + 0.03), (x + 0.06, y - 0.04)], look.rgb)
    pen.polygon([(0, 1.0), (-0.32, 0.74), (0, 0.4)], look.rgb)
    pen.polygon([(0, 1.0), (0.32, 0.74), (0, 0.4)], shade(look.rgb, -0.14))
    pen.polygon([(0, 0.74), (-0.32, 0.74), (0, 0.4)], shade(look.rgb, 0.3))
    pen.polygon([(0, 0.74), (0.32, 0.74), (0, 0.4)], shade(look.rgb, 0.16))


def _helicopter(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.22)
    pen.limb([(-0.3, 0.5), (-1.15, 0.62)], 0.14, look.rgb, 0.07)
    pen.polygon([(-1.2, 0.6), (-1.32, 0.86), (-1.16, 0.86), (-1.04, 0.62)], dark)
    pen.blob([(-0.5, 0.48), (-0.2, 0.76), (0.3, 0.76), (0.64, 0.48), (0.5, 0.26), (-0.2, 0.22)],
             look.rgb)  # fmt: skip
    pen.blob([(0.14, 0.7), (0.34, 0.68), (0.57, 0.48), (0.4, 0.42), (0.14, 0.44)], (190, 224, 240))
    pen.box(-0.18, 0.46, 0.06, 0.66, (190, 224, 240), 0.04)
    pen.box(-0.03, 0.74, 0.05, 0.9, dark)
    pen.box(-1.0, 0.88, 1.02, 0.925, (70, 72, 82), 0.02)
    for x in (-0.14, 0.28):
        pen.limb([(x, 0.28), (x, 0.06)], 0.04, (70, 72, 82))
    pen.limb([(-0.4, 0.04), (0.5, 0.04)], 0.05, (70, 72, 82))


AFLOAT = poses(float="float", sail="sail, float")
ALOFT = ("red", "yellow", "green", "blue", "purple", "orange", "pink")

KINDS = (
    Kind("sailboat", nouns("sailboat, sailing boat"), _sailing_boat, 0.48, 0.95,
         ("white", "red", "yellow", "blue", "orange", "green", "pink"),
         poses(sail="sail, float"), 3),
    Kind("rowboat", nouns("rowing boat, boat"), _rowing_boat, 0.17, 2.4, PAINTS,
         poses(float="float"), 2),
    Kind("ship", nouns("ship"), _ship, 0.34, 2.2, ("red", "blue", "black", "green"),
         poses(sail="sail, float")),
    Kind("hot air balloon", nouns("hot air balloon, hot-air balloon"), _balloon, 0.36, 0.85, ALOFT,
         poses(float="float, fly"), 3),
    Kind("airplane", nouns("airplane, plane"), _airplane, 0.17, 2.6,
         ("white", "red", "blue", "yellow", "green"), poses(fly="fly")),
    Kind("kite", nouns("kite"), _kite, 0.3, 0.7, ALOFT, poses(fly="fly"), 2),
    Kind("helicopter", nouns("helicopter"), _helicopter, 0.2, 2.4,
         ("red", "blue", "yellow", "green", "black"), poses(fly="fly")),
)  # fmt: skip
