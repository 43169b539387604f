"""Birds, fish and small animals."""

from tools.scenes.colours import RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

EYE: RGB = (30, 26, 30)
BEAK: RGB = (242, 160, 48)


def _duck(pen: Pen, look: Look) -> None:
    pen.blob([(-0.75, 0.52), (-0.5, 0.46), (0.0, 0.42), (0.36, 0.5), (0.46, 0.28), (0.28, 0.04),
              (-0.3, 0.02), (-0.6, 0.2)], look.rgb)  # fmt: skip
    pen.limb([(0.28, 0.4), (0.36, 0.76)], 0.26, look.rgb, 0.22)
    pen.disc(0.38, 0.8, 0.19, look.rgb)
    pen.blob([(0.5, 0.86), (0.78, 0.76), (0.76, 0.7), (0.5, 0.7)], BEAK)
    pen.blob([(-0.5, 0.4), (-0.1, 0.42), (0.12, 0.26), (-0.16, 0.12), (-0.42, 0.2)],
             shade(look.rgb, -0.14))  # fmt: skip
    pen.disc(0.44, 0.86, 0.035, EYE)


def _bird(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.22)
    pen.blob([(0.02, 0.5), (-0.2, 0.78), (-0.5, 0.96), (-0.4, 0.6), (-0.2, 0.42)], dark)
    pen.blob([(-0.8, 0.3), (-0.6, 0.36), (-0.2, 0.52), (0.3, 0.52), (0.52, 0.42), (0.3, 0.26),
              (-0.2, 0.26)], look.rgb)  # fmt: skip
    pen.disc(0.4, 0.46, 0.15, look.rgb)
    pen.polygon([(0.52, 0.5), (0.72, 0.42), (0.52, 0.39)], BEAK)
    pen.blob([(0.2, 0.46), (0.0, 0.86), (-0.32, 1.1), (-0.28, 0.74), (-0.16, 0.42)], look.rgb)
    pen.blob([(0.06, 0.48), (-0.06, 0.72), (-0.24, 0.92), (-0.22, 0.7), (-0.12, 0.44)], dark)
    pen.disc(0.44, 0.49, 0.03, EYE)


def _hen(pen: Pen, look: Look) -> None:
    comb = (214, 52, 48)
    for x in (-0.06, 0.1):
        pen.limb([(x, 0.25), (x, 0.03), (x + 0.1, 0.02)], 0.045, BEAK)
    for x in (0.26, 0.34, 0.42):
        pen.disc(x, 0.97, 0.07, comb)
    pen.blob([(-0.62, 0.86), (-0.46, 0.5), (-0.1, 0.48), (0.18, 0.7), (0.28, 0.94), (0.46, 0.86),
              (0.42, 0.4), (0.2, 0.18), (-0.26, 0.18), (-0.5, 0.42)], look.rgb)  # fmt: skip
    pen.blob([(-0.36, 0.48), (0.06, 0.48), (0.1, 0.34), (-0.16, 0.26)], shade(look.rgb, -0.16))
    pen.polygon([(0.46, 0.86), (0.62, 0.78), (0.46, 0.74)], BEAK)
    pen.oval(0.46, 0.68, 0.045, 0.08, comb)
    pen.disc(0.38, 0.84, 0.03, EYE)


def _penguin(pen: Pen, look: Look) -> None:
    for x in (-0.12, 0.12):
        pen.oval(x + 0.03, 0.03, 0.12, 0.04, BEAK)
    pen.blob([(-0.28, 0.5), (-0.44, 0.28), (-0.34, 0.26), (-0.2, 0.4)], shade(look.rgb, -0.1))
    pen.blob([(-0.26, 0.1), (-0.32, 0.45), (-0.2, 0.8), (0.0, 1.0), (0.2, 0.8), (0.32, 0.45),
              (0.26, 0.1), (0, 0.03)], look.rgb)  # fmt: skip
    pen.blob([(-0.18, 0.12), (-0.22, 0.42), (-0.1, 0.68), (0.1, 0.68), (0.22, 0.42), (0.18, 0.12),
              (0, 0.07)], (250, 248, 242))  # fmt: skip
    pen.oval(-0.07, 0.8, 0.09, 0.08, (250, 248, 242))
    pen.oval(0.07, 0.8, 0.09, 0.08, (250, 248, 242))
    pen.blob([(0.28, 0.5), (0.44, 0.28), (0.34, 0.26), (0.22, 0.4)], shade(look.rgb, -0.1))
    pen.polygon([(-0.05, 0.78), (0.05, 0.78), (0.0, 0.69)], BEAK)
    for x in (-0.075, 0.075):
        pen.disc(x, 0.82, 0.026, EYE)


def _fish(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.2)
    pen.blob([(-0.6, 0.5), (-1.0, 0.86), (-0.9, 0.5), (-1.0, 0.14)], dark)
    pen.blob([(-0.2, 0.82), (0.06, 1.02), (0.3, 0.8)], dark)
    pen.blob([(-0.7, 0.5), (-0.3, 0.82), (0.3, 0.86), (0.74, 0.52), (0.3, 0.16), (-0.3, 0.18)],
             look.rgb)  # fmt: skip
    stripe = shade(look.rgb, 0.55) if look.colour != "white" else (250, 170, 90)
    for x in (-0.24, 0.14):
        pen.blob([(x - 0.05, 0.8), (x + 0.07, 0.8), (x + 0.12, 0.5), (x + 0.07, 0.21),
                  (x - 0.05, 0.21), (x + 0.02, 0.5)], stripe)  # fmt: skip
    pen.blob([(0.1, 0.46), (-0.2, 0.3), (-0.12, 0.5)], dark)
    pen.disc(0.48, 0.6, 0.085, (255, 255, 255))
    pen.disc(0.5, 0.6, 0.045, EYE)


def _turtle(pen: Pen, look: Look) -> None:
    skin = (148, 176, 104)
    for x, y in ((-0.5, 0.14), (0.4, 0.14)):
        pen.oval(x, y, 0.24, 0.12, shade(skin, -0.15), -0.5)
    pen.oval(0.86, 0.46, 0.2, 0.16, skin)
    pen.limb([(0.5, 0.3), (0.8, 0.42)], 0.2, skin)
    pen.dome(0, 0.16, 0.76, 0.76, look.rgb)
    pen.box(-0.76, 0.1, 0.76, 0.2, shade(look.rgb, -0.25), 0.04)
    for x, y in ((-0.4, 0.42), (0.0, 0.58), (0.4, 0.42)):
        pen.oval(x, y, 0.15, 0.14, shade(look.rgb, -0.22))
    pen.disc(0.94, 0.52, 0.035, EYE)


def _rabbit(pen: Pen, look: Look) -> None:
    inner, dark = (240, 176, 176), shade(look.rgb, -0.15)
    pen.disc(-0.4, 0.2, 0.11, (252, 250, 246))
    pen.oval(0.1, 0.82, 0.06, 0.2, dark, 0.15)
    pen.blob([(-0.38, 0.06), (-0.36, 0.36), (-0.1, 0.5), (0.18, 0.44), (0.3, 0.2), (0.24, 0.02),
              (-0.2, 0.0)], look.rgb)  # fmt: skip
    pen.oval(-0.16, 0.18, 0.2, 0.17, dark)
    pen.oval(-0.04, 0.04, 0.2, 0.05, look.rgb)
    pen.oval(0.22, 0.05, 0.09, 0.05, look.rgb)
    pen.oval(0.22, 0.54, 0.2, 0.17, look.rgb)
    pen.oval(0.2, 0.83, 0.065, 0.19, look.rgb, -0.1)
    pen.oval(0.2, 0.82, 0.03, 0.14, inner, -0.1)
    pen.disc(0.41, 0.53, 0.03, (214, 110, 116))
    pen.disc(0.28, 0.58, 0.03, EYE)


BIRDS = ("white", "black", "red", "blue", "yellow")

KINDS = (
    Kind("duck", nouns("duck"), _duck, 0.2, 1.5, ("white", "yellow", "brown"),
         poses(swim="swim, float"), 4),
    Kind("bird", nouns("bird"), _bird, 0.17, 1.5, BIRDS, poses(fly="fly"), 4),
    Kind("chicken", nouns("chicken, hen"), _hen, 0.22, 1.2, ("white", "brown", "black"),
         poses(stand="stand"), 4),
    Kind("penguin", nouns("penguin"), _penguin, 0.3, 0.85, ("black",), poses(stand="stand"), 4),
    Kind("fish", nouns("fish:fish"), _fish, 0.2, 1.8,
         ("orange", "yellow", "blue", "red", "purple", "green"), poses(swim="swim"), 4),
    Kind("turtle", nouns("turtle"), _turtle, 0.2, 2.0, ("green", "brown"), poses(swim="swim"), 2),
    Kind("rabbit", nouns("rabbit, bunny:bunnies"), _rabbit, 0.22, 0.9,
         ("white", "brown", "gray"), poses(sit="sit"), 3),
)  # fmt: skip
