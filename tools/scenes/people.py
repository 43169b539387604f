"""People: one figure, many poses, clothes and hats."""

from dataclasses import dataclass

from tools.scenes.canvas import Point
from tools.scenes.colours import CLOTHES, RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen


@dataclass(frozen=True)
class Stance:
    """Where the joints lie, from a body 1 high: knee and foot, elbow and hand, far side first."""

    legs: tuple[tuple[Point, Point], tuple[Point, Point]]
    arms: tuple[tuple[Point, Point], tuple[Point, Point]]
    lift: float = 0.0
    lean: float = 0.0


_HANGING = (((-0.115, 0.63), (-0.13, 0.49)), ((0.115, 0.63), (0.13, 0.49)))
STANCES = {
    "stand": Stance((((-0.05, 0.25), (-0.055, 0.03)), ((0.05, 0.25), (0.055, 0.03))), _HANGING),
    "walk": Stance(
        (((-0.05, 0.26), (-0.15, 0.05)), ((0.08, 0.27), (0.12, 0.03))),
        (((0.07, 0.63), (0.15, 0.54)), ((-0.09, 0.63), (-0.13, 0.5))), lean=0.02,
    ),
    "run": Stance(
        (((-0.06, 0.28), (-0.26, 0.24)), ((0.15, 0.36), (0.14, 0.13))),
        (((0.12, 0.66), (0.22, 0.74)), ((-0.15, 0.68), (-0.11, 0.55))), -0.07, 0.07,
    ),
    "jump": Stance(
        (((-0.11, 0.3), (-0.2, 0.12)), ((0.11, 0.3), (0.2, 0.12))),
        (((-0.15, 0.88), (-0.21, 1.04)), ((0.15, 0.88), (0.21, 1.04))), 0.12,
    ),
    "wave": Stance(
        (((-0.05, 0.25), (-0.055, 0.03)), ((0.05, 0.25), (0.055, 0.03))),
        (((-0.115, 0.63), (-0.13, 0.49)), ((0.16, 0.82), (0.2, 1.0))),
    ),
    "hold": Stance(
        (((-0.05, 0.25), (-0.055, 0.03)), ((0.05, 0.25), (0.055, 0.03))),
        (((-0.115, 0.63), (-0.13, 0.49)), ((0.11, 0.64), (0.17, 0.76))),
    ),
    "sit": Stance(
        (((0.16, 0.45), (0.17, 0.24)), ((0.18, 0.45), (0.2, 0.23))),
        (((0.0, 0.62), (0.12, 0.55)), ((0.06, 0.62), (0.17, 0.53))), -0.2,
    ),
}  # fmt: skip
HAND: Point = (0.17, 0.76)


@dataclass(frozen=True)
class Figure:
    """How a body is made: ``head`` is the head's radius, ``hem`` where a dress ends (0: none)."""

    head: float
    hem: float
    long_hair: bool
    shoulder: float = 0.115


MAN = Figure(0.075, 0, long_hair=False, shoulder=0.125)
WOMAN = Figure(0.075, 0.3, long_hair=True, shoulder=0.1)
BOY = Figure(0.105, 0, long_hair=False, shoulder=0.11)
GIRL = Figure(0.105, 0.28, long_hair=True, shoulder=0.1)


def _person(pen: Pen, look: Look, figure: Figure) -> None:
    stance = STANCES[look.pose]
    body = pen.at(0, stance.lift)
    neck = (stance.lean, 0.84 if figure.head < 0.1 else 0.76)
    _arm(body, look, figure, neck, stance.arms[0], near=False)
    _legs(body, look, figure, stance)
    _trunk(body, look, figure, neck, stance)
    _head(body.at(neck[0] * 1.3, neck[1] + figure.head * 0.95), look, figure)
    _arm(body, look, figure, neck, stance.arms[1], near=True)


def _arm(
    pen: Pen, look: Look, figure: Figure, neck: Point, joints: tuple[Point, Point], *, near: bool
) -> None:
    drop = neck[1] - 0.84
    side = 0.8 if near else -0.8
    shoulder = (neck[0] + figure.shoulder * side, neck[1] - 0.05)
    elbow, hand = ((x + neck[0], y + drop) for x, y in joints)
    sleeve = shade(look.rgb, -0.14 if near else -0.24)
    pen.limb([elbow, hand], 0.045, look.skin, 0.036)
    pen.disc(hand[0], hand[1], 0.028, look.skin)
    pen.limb([shoulder, elbow], 0.07, sleeve, 0.055)


def _legs(pen: Pen, look: Look, figure: Figure, stance: Stance) -> None:
    bare = bool(figure.hem)
    shoe = (58, 50, 56)
    for side, (knee, foot) in zip((-0.045, 0.045), stance.legs, strict=True):
        cloth = look.skin if bare else shade(look.trim, -0.16 if side < 0 else 0)
        width = 0.06 if bare else 0.085
        pen.limb([(side, 0.46), knee, foot], width, cloth, width * 0.72)
        pen.oval(foot[0] + 0.02, foot[1] - 0.012, 0.05, 0.026, shoe)


def _trunk(pen: Pen, look: Look, figure: Figure, neck: Point, stance: Stance) -> None:
    wide, top = figure.shoulder, neck[1]
    pen.limb([(neck[0], top - 0.02), (neck[0] * 1.2, top + 0.05)], 0.06, shade(look.skin, -0.1))
    hips = 0.085
    pen.blob(
        [(-hips, 0.44), (-hips * 0.95, 0.58), (neck[0] - wide, top - 0.05), (neck[0], top),
         (neck[0] + wide, top - 0.05), (hips * 0.95, 0.58), (hips, 0.44)], look.rgb)  # fmt: skip
    if not figure.hem:
        pen.box(-hips, 0.41, hips, 0.46, look.trim, 0.02)
        return
    if stance.lift < 0:
        pen.blob([(-0.1, 0.42), (-0.08, 0.56), (0.08, 0.54), (0.2, 0.5), (0.2, 0.4)], look.rgb)
        return
    sway = stance.lean * 0.6
    skirt = [(-0.075, 0.56), (0.075, 0.56), (0.17 - sway, figure.hem), (-0.17 - sway, figure.hem)]
    pen.polygon(skirt, look.rgb)
    pen.polygon([(-0.03, 0.5), (-0.06 - sway, figure.hem), (-0.17 - sway, figure.hem),
                 (-0.085, 0.52)], shade(look.rgb, -0.1))  # fmt: skip
    pen.box(-0.08, 0.545, 0.08, 0.575, shade(look.rgb, -0.25))


def _head(pen: Pen, look: Look, figure: Figure) -> None:
    size = figure.head
    if figure.long_hair:
        pen.blob([(-size * 1.1, size * 0.3), (-size * 1.25, -size * 1.3),
                  (-size * 0.2, -size * 1.4), (size * 0.7, -size * 1.0), (size, size * 0.2),
                  (0, size * 1.15)], look.hair)  # fmt: skip
    pen.oval(0, 0, size * 0.9, size, look.skin)
    pen.blob([(-size * 0.98, -size * 0.1), (-size * 0.85, size * 0.75), (0, size * 1.15),
              (size * 0.9, size * 0.62), (size * 0.86, size * 0.3), (size * 0.1, size * 0.5),
              (-size * 0.5, size * 0.3), (-size * 0.72, -size * 0.2)], look.hair)  # fmt: skip
    for side in (0.16, 0.66):
        pen.disc(size * side, -size * 0.02, size * 0.1, (40, 32, 36))
    pen.limb([(size * 0.2, -size * 0.45), (size * 0.42, -size * 0.53), (size * 0.62, -size * 0.45)],
             size * 0.09, shade(look.skin, -0.45))  # fmt: skip
    pen.disc(size * 0.02, -size * 0.32, size * 0.16, (236, 130, 120), 0.35)
    if look.hat:
        _hat(pen, look, size)


def _hat(pen: Pen, look: Look, size: float) -> None:
    dark: RGB = shade(look.hat_rgb, -0.25)
    pen.dome(0, size * 0.42, size * 1.02, size * 1.05, look.hat_rgb)
    pen.box(-size * 1.35, size * 0.34, size * 1.45, size * 0.54, dark, size * 0.1)


def _man(pen: Pen, look: Look) -> None:
    _person(pen, look, MAN)


def _woman(pen: Pen, look: Look) -> None:
    _person(pen, look, WOMAN)


def _boy(pen: Pen, look: Look) -> None:
    _person(pen, look, BOY)


def _girl(pen: Pen, look: Look) -> None:
    _person(pen, look, GIRL)


GROWN = poses(stand="stand", walk="walk", wave="wave", run="run")
YOUNG = poses(stand="stand", walk="walk", run="run, play", jump="jump", wave="wave")

KINDS = (
    Kind("man", nouns("man:men, man:men, guy"), _man, 0.46, 0.42, CLOTHES, GROWN, 2,
         person=True, garment="shirt"),
    Kind("woman", nouns("woman:women, woman:women, lady:ladies"), _woman, 0.45, 0.42, CLOTHES,
         GROWN, 2, person=True, garment="dress"),
    Kind("boy", nouns("boy, boy, little boy, kid"), _boy, 0.34, 0.48, CLOTHES, YOUNG, 3,
         person=True, garment="shirt"),
    Kind("girl", nouns("girl, girl, little girl, child:children"), _girl, 0.34, 0.48, CLOTHES,
         YOUNG, 3, person=True, garment="dress"),
)  # fmt: skip
