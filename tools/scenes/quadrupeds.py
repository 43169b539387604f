"""Animals on four legs: one build a kind, one way to draw them all, a head each."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.scenes.canvas import Point
from tools.scenes.colours import FURS, RGB, mix, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

EYE: RGB = (30, 26, 30)
GAITS: dict[str, tuple[Point, ...]] = {
    # How far knee and foot lie from straight: far rear, far front, near rear, near front leg.
    "stand": ((0.02, 0.03), (-0.02, -0.01), (0.0, 0.0), (0.0, 0.0)),
    "walk": ((0.06, 0.12), (-0.06, -0.1), (-0.03, -0.12), (0.05, 0.12)),
    "run": ((-0.02, -0.2), (0.14, 0.24), (-0.1, -0.3), (0.2, 0.34)),
}


@dataclass(frozen=True)
class Build:
    """The measures of an animal that is 1 high, seen from its right side."""

    rear: float
    front: float
    back: float
    belly: float
    leg: float
    head: Point
    neck: float
    tail: tuple[Point, ...]
    tail_width: float
    draw_head: Callable[[Pen, Look], None]
    foot: RGB | None = None
    marks: Callable[[Pen, Look], None] | None = None


def _draw(pen: Pen, look: Look, build: Build) -> None:
    gait = GAITS.get(look.pose, GAITS["stand"])
    dark = shade(look.rgb, -0.22)
    _legs(pen, build, gait[:2], dark, 0.06)
    pen.limb(build.tail, build.tail_width, shade(look.rgb, -0.1), build.tail_width * 0.6)
    _legs(pen, build, gait[2:], look.rgb, 0)
    pen.blob(_torso(build), look.rgb)
    pen.blob(_underside(build), shade(look.rgb, -0.1))
    shoulder = (build.front - 0.12, build.back - (build.back - build.belly) * 0.4)
    pen.limb([shoulder, build.head], build.neck * 1.5, look.rgb, build.neck)
    if build.marks:
        build.marks(pen, look)
    build.draw_head(pen.at(*build.head), look)


def _legs(pen: Pen, build: Build, steps: tuple[Point, ...], colour: RGB, inset: float) -> None:
    tops = (build.rear + 0.1 + inset, build.front - 0.1 - inset)
    high = build.belly + (build.back - build.belly) * 0.35
    for top, (knee, foot) in zip(tops, steps, strict=True):
        lift = 0.08 if abs(foot) > 0.18 else 0.0
        ankle = (top + foot, build.leg * 0.45 + lift)
        pen.limb([(top, high), (top + knee, high * 0.5), ankle], build.leg * 1.5, colour, build.leg)
        toe = colour if build.foot is None else build.foot
        pen.oval(ankle[0] + build.leg * 0.2, ankle[1], build.leg * 0.72, build.leg * 0.45, toe)


def _torso(build: Build) -> list[Point]:
    rear, front, back, belly = build.rear, build.front, build.back, build.belly
    middle, half = (rear + front) / 2, (back + belly) / 2
    return [
        (rear, half + 0.04),
        (rear + 0.08, back - 0.01),
        (middle, back - 0.03),
        (front - 0.1, back),
        (front, half + 0.03),
        (front - 0.1, belly),
        (middle, belly + 0.03),
        (rear + 0.1, belly + 0.04),
    ]


def _underside(build: Build) -> list[Point]:
    rear, front, belly = build.rear, build.front, build.belly
    middle = (rear + front) / 2
    return [
        (rear + 0.08, belly + 0.08),
        (middle, belly + 0.09),
        (front - 0.1, belly + 0.06),
        (front - 0.1, belly + 0.005),
        (middle, belly + 0.03),
        (rear + 0.1, belly + 0.045),
    ]


def _dog_head(pen: Pen, look: Look) -> None:
    ear = shade(look.rgb, -0.32) if look.colour != "black" else shade(look.rgb, 0.14)
    pen.oval(0.03, 0.02, 0.16, 0.145, look.rgb)
    pen.blob([(0.08, 0.07), (0.22, 0.04), (0.3, 0.0), (0.28, -0.07), (0.1, -0.11)], look.rgb)
    pen.oval(0.2, -0.055, 0.09, 0.045, shade(look.rgb, 0.22))
    pen.oval(0.29, 0.0, 0.035, 0.03, EYE)
    pen.blob([(-0.04, 0.13), (-0.1, 0.06), (-0.13, -0.09), (-0.05, -0.1), (0.0, 0.04)], ear)
    _eye(pen, 0.1, 0.055)


def _eye(pen: Pen, x: float, y: float, size: float = 0.026) -> None:
    pen.disc(x, y, size, EYE)
    pen.disc(x + size * 0.3, y + size * 0.35, size * 0.38, (255, 255, 255))


def _dog_marks(pen: Pen, _look: Look) -> None:
    pen.limb([(0.29, 0.62), (0.42, 0.55)], 0.055, (206, 60, 60))


DOG = Build(
    -0.52, 0.36, 0.66, 0.33, 0.085, (0.46, 0.82), 0.2,
    ((-0.46, 0.6), (-0.62, 0.76), (-0.6, 0.92)), 0.08, _dog_head, marks=_dog_marks,
)  # fmt: skip


def _dog(pen: Pen, look: Look) -> None:
    if look.pose == "sit":
        _sitting(pen, look, _dog_head, 0.82)
        return
    _draw(pen, look, DOG)


def _sitting(pen: Pen, look: Look, draw_head: Callable[[Pen, Look], None], head: float) -> None:
    dark = shade(look.rgb, -0.18)
    pen.limb([(-0.25, 0.06), (-0.42, 0.08), (-0.5, 0.22)], 0.08, dark, 0.05)
    pen.blob([(-0.3, 0.02), (-0.32, 0.2), (-0.16, 0.48), (0.04, 0.7), (0.2, 0.62), (0.2, 0.1),
              (0.05, 0.0)], look.rgb)  # fmt: skip
    pen.blob([(-0.28, 0.03), (-0.26, 0.22), (-0.06, 0.28), (0.04, 0.12), (0.02, 0.0)], dark)
    pen.limb([(0.13, 0.45), (0.16, 0.05)], 0.11, look.rgb, 0.08)
    pen.oval(0.19, 0.04, 0.075, 0.04, look.rgb)
    pen.oval(0.02, 0.04, 0.1, 0.045, dark)
    pen.oval(0.16, 0.45, 0.06, 0.15, shade(look.rgb, 0.2))
    pen.limb([(0.06, 0.56), (0.08, head)], 0.24, look.rgb, 0.2)
    draw_head(pen.at(0.1, head), look)


def _cat_head(pen: Pen, look: Look) -> None:
    inner = (236, 168, 160)
    for side in (-1, 1):
        pen.polygon([(0.15 * side, 0.06), (0.14 * side, 0.27), (0.02 * side, 0.15)], look.rgb)
        pen.polygon([(0.12 * side, 0.1), (0.12 * side, 0.21), (0.05 * side, 0.14)], inner)
    pen.oval(0, 0.02, 0.18, 0.155, look.rgb)
    pen.oval(0, -0.05, 0.09, 0.065, shade(look.rgb, 0.35))
    pen.polygon([(-0.025, -0.02), (0.025, -0.02), (0, -0.05)], (214, 110, 116))
    for side in (-1, 1):
        pen.oval(0.075 * side, 0.05, 0.034, 0.04, (196, 214, 96))
        pen.oval(0.075 * side, 0.05, 0.014, 0.036, EYE)
        pen.limb([(0.08 * side, -0.04), (0.22 * side, -0.02)], 0.008, shade(look.rgb, 0.6))


CAT = Build(
    -0.6, 0.32, 0.6, 0.3, 0.085, (0.4, 0.72), 0.2,
    ((-0.54, 0.5), (-0.78, 0.62), (-0.84, 0.86), (-0.76, 0.94)), 0.09, _cat_head,
)  # fmt: skip


def _cat_marks(pen: Pen, look: Look) -> None:
    for place in range(3):
        x = -0.36 + 0.17 * place
        pen.limb([(x, 0.58), (x + 0.03, 0.46)], 0.04, shade(look.rgb, -0.25), 0.015)


def _cat(pen: Pen, look: Look) -> None:
    if look.pose == "sit":
        pen.limb([(-0.2, 0.06), (-0.46, 0.06), (-0.54, 0.2)], 0.09, shade(look.rgb, -0.15), 0.06)
        _sitting(pen, look, _cat_head, 0.78)
    elif look.pose == "lie":
        _lying_cat(pen, look)
    else:
        _draw(pen, look, CAT)
        if look.colour in {"orange", "gray", "brown"}:
            _cat_marks(pen, look)


def _lying_cat(pen: Pen, look: Look) -> None:
    pen.limb([(-0.55, 0.1), (-0.85, 0.08), (-0.98, 0.18)], 0.1, shade(look.rgb, -0.15), 0.06)
    pen.blob([(-0.66, 0.12), (-0.5, 0.44), (0.0, 0.46), (0.38, 0.36), (0.46, 0.1), (0.3, 0.01),
              (-0.5, 0.01)], look.rgb)  # fmt: skip
    pen.blob([(-0.62, 0.08), (-0.48, 0.32), (-0.2, 0.26), (-0.16, 0.03), (-0.5, 0.0)],
             shade(look.rgb, -0.12))  # fmt: skip
    pen.limb([(0.25, 0.06), (0.6, 0.05)], 0.1, look.rgb)
    _cat_head(pen.at(0.46, 0.44, 1.1), look)


def _horse_head(pen: Pen, look: Look) -> None:
    pen.polygon([(-0.04, 0.06), (-0.01, 0.16), (0.05, 0.06)], shade(look.rgb, -0.15))
    pen.blob([(-0.07, 0.05), (0.04, 0.09), (0.13, 0.02), (0.25, -0.13), (0.21, -0.19),
              (0.12, -0.17), (0.0, -0.08)], look.rgb)  # fmt: skip
    pen.oval(0.205, -0.14, 0.055, 0.045, shade(look.rgb, -0.2 if look.colour != "black" else 0.2))
    pen.disc(0.23, -0.125, 0.011, EYE)
    _eye(pen, 0.07, 0.015, 0.018)


def _mane(pen: Pen, look: Look) -> None:
    mane = shade(look.rgb, -0.5) if look.colour not in {"black", "white"} else (120, 112, 110)
    pen.blob([(0.5, 0.99), (0.4, 0.99), (0.27, 0.8), (0.2, 0.64), (0.32, 0.68), (0.42, 0.84)], mane)
    pen.limb([(-0.5, 0.6), (-0.58, 0.48), (-0.56, 0.24)], 0.075, mane, 0.045)


HORSE = Build(
    -0.52, 0.36, 0.68, 0.42, 0.06, (0.5, 0.92), 0.16,
    ((-0.48, 0.62), (-0.55, 0.5)), 0.06, _horse_head, (54, 44, 42), _mane,
)  # fmt: skip


def _cow_head(pen: Pen, look: Look) -> None:
    horn = (236, 226, 200)
    pen.limb([(-0.03, 0.08), (-0.03, 0.16), (0.02, 0.21)], 0.04, horn, 0.02)
    pen.limb([(0.06, 0.08), (0.09, 0.15), (0.15, 0.18)], 0.04, horn, 0.02)
    pen.oval(-0.09, 0.05, 0.08, 0.035, shade(look.rgb, -0.2), 0.3)
    pen.blob([(-0.08, 0.07), (0.06, 0.11), (0.14, 0.03), (0.25, -0.11), (0.2, -0.2), (0.06, -0.15),
              (-0.06, -0.06)], look.rgb)  # fmt: skip
    pen.oval(0.19, -0.14, 0.085, 0.065, (238, 180, 168), -0.5)
    pen.disc(0.2, -0.12, 0.014, (150, 92, 88))
    _eye(pen, 0.09, 0.02, 0.022)


def _cow_marks(pen: Pen, look: Look) -> None:
    patch = (250, 246, 238) if look.colour != "white" else (62, 52, 50)
    pen.blob([(-0.44, 0.7), (-0.22, 0.71), (-0.16, 0.52), (-0.3, 0.44), (-0.46, 0.54)], patch)
    pen.blob([(0.02, 0.71), (0.2, 0.7), (0.16, 0.56), (0.04, 0.58)], patch)
    pen.oval(-0.2, 0.33, 0.1, 0.055, (240, 184, 172))


COW = Build(
    -0.62, 0.42, 0.74, 0.36, 0.085, (0.54, 0.76), 0.24,
    ((-0.58, 0.68), (-0.68, 0.5), (-0.67, 0.3)), 0.045, _cow_head, (60, 50, 48), _cow_marks,
)  # fmt: skip

WOOL: tuple[Point, ...] = (
    (-0.46, 0.42), (-0.4, 0.62), (-0.22, 0.72), (0.0, 0.74), (0.2, 0.7), (0.34, 0.58),
    (0.34, 0.4), (0.18, 0.3), (-0.04, 0.28), (-0.28, 0.29),
)  # fmt: skip


def _sheep(pen: Pen, look: Look) -> None:
    face = (58, 52, 54) if look.colour != "black" else (170, 160, 152)
    for x in (-0.3, -0.16, 0.12, 0.25):
        pen.limb([(x, 0.4), (x, 0.03)], 0.075, face)
    for x, y in WOOL:
        pen.disc(x, y, 0.135, look.rgb)
    pen.blob(WOOL, look.rgb)
    for x, y in WOOL[1:6:2]:
        pen.disc(x + 0.02, y - 0.1, 0.07, shade(look.rgb, -0.08))
    pen.oval(0.36, 0.72, 0.1, 0.045, face, 0.35)
    pen.oval(0.5, 0.64, 0.11, 0.15, face, 0.5)
    pen.disc(0.42, 0.8, 0.1, look.rgb)
    pen.oval(0.5, 0.68, 0.03, 0.03, (250, 250, 250))
    pen.disc(0.51, 0.68, 0.017, EYE)


def _elephant(pen: Pen, look: Look) -> None:
    dark, ear = shade(look.rgb, -0.2), shade(look.rgb, -0.1)
    for x, colour in ((-0.38, dark), (0.12, dark), (-0.5, look.rgb), (0.24, look.rgb)):
        pen.limb([(x, 0.5), (x, 0.08)], 0.2, colour, 0.17)
        pen.box(x - 0.1, 0, x + 0.1, 0.1, colour, 0.03)
        for toe in (-0.05, 0.02, 0.08):
            pen.oval(x + toe, 0.03, 0.026, 0.02, shade(look.rgb, 0.45))
    pen.limb([(-0.64, 0.72), (-0.74, 0.55), (-0.72, 0.4)], 0.05, dark, 0.03)
    pen.blob([(-0.68, 0.6), (-0.54, 0.88), (-0.15, 0.97), (0.26, 0.9), (0.4, 0.62), (0.26, 0.36),
              (-0.2, 0.3), (-0.58, 0.36)], look.rgb)  # fmt: skip
    pen.limb([(0.6, 0.7), (0.74, 0.5), (0.76, 0.26), (0.86, 0.14)], 0.2, look.rgb, 0.08)
    pen.oval(0.5, 0.76, 0.24, 0.22, look.rgb)
    pen.limb([(0.6, 0.58), (0.74, 0.5), (0.86, 0.52)], 0.05, (252, 246, 226), 0.025)
    pen.blob([(0.42, 0.9), (0.2, 0.95), (0.08, 0.74), (0.2, 0.5), (0.36, 0.56), (0.44, 0.72)], ear)
    pen.blob([(0.38, 0.84), (0.24, 0.88), (0.16, 0.74), (0.24, 0.58), (0.34, 0.62)],
             mix(ear, (236, 160, 160), 0.25))  # fmt: skip
    _eye(pen, 0.58, 0.8, 0.024)


def _pig(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.15)
    for x, colour in ((-0.3, dark), (0.2, dark), (-0.44, look.rgb), (0.32, look.rgb)):
        pen.limb([(x, 0.35), (x, 0.06)], 0.16, colour, 0.12)
    pen.limb([(-0.7, 0.6), (-0.82, 0.68), (-0.78, 0.76), (-0.86, 0.8)], 0.05, dark)
    pen.blob([(-0.76, 0.5), (-0.56, 0.82), (0.0, 0.88), (0.42, 0.78), (0.52, 0.5), (0.3, 0.2),
              (-0.5, 0.2)], look.rgb)  # fmt: skip
    pen.oval(0.52, 0.62, 0.3, 0.28, look.rgb)
    pen.polygon([(0.34, 0.82), (0.4, 1.0), (0.54, 0.86)], dark)
    pen.oval(0.8, 0.56, 0.09, 0.12, dark)
    pen.oval(0.82, 0.6, 0.02, 0.03, shade(look.rgb, -0.5))
    pen.oval(0.82, 0.52, 0.02, 0.03, shade(look.rgb, -0.5))
    _eye(pen, 0.62, 0.7, 0.035)


def _horse(pen: Pen, look: Look) -> None:
    _draw(pen, look, HORSE)


def _cow(pen: Pen, look: Look) -> None:
    _draw(pen, look, COW)


GAIT_POSES = poses(stand="stand", walk="walk", run="run")

KINDS = (
    Kind("dog", nouns("dog, puppy:puppies"), _dog, 0.3, 1.3, (*FURS, "white"),
         poses(stand="stand", run="run, play", walk="walk", sit="sit"), 3),
    Kind("cat", nouns("cat, kitten"), _cat, 0.25, 1.4, ("orange", "black", "white", "gray"),
         poses(walk="walk", sit="sit", lie="lie, rest"), 3),
    Kind("horse", nouns("horse, pony:ponies"), _horse, 0.5, 1.25,
         ("brown", "black", "white", "tan", "gray"),
         poses(stand="stand", run="run, gallop", walk="walk"), 3),
    Kind("cow", nouns("cow"), _cow, 0.4, 1.5, ("brown", "black", "white", "tan"),
         poses(stand="stand", walk="walk"), 4),
    Kind("sheep", nouns("sheep:sheep"), _sheep, 0.27, 1.15, ("white", "black", "white"),
         poses(stand="stand, graze"), 4),
    Kind("elephant", nouns("elephant"), _elephant, 0.55, 1.6, ("gray",), poses(stand="stand"), 2),
    Kind("pig", nouns("pig"), _pig, 0.26, 1.7, ("pink", "pink", "brown"), poses(stand="stand"), 4),
)  # fmt: skip
