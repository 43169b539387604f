"""Furniture: what rooms are made of, some of it carrying other things."""

from tools.scenes.colours import BRIGHT, RGB, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

WOOD: RGB = (164, 114, 72)
METAL: RGB = (120, 124, 134)


def _sofa(pen: Pen, look: Look) -> None:
    dark, light = shade(look.rgb, -0.18), shade(look.rgb, 0.12)
    for x in (-0.9, 0.9):
        pen.limb([(x, 0.14), (x, 0.02)], 0.07, WOOD, 0.05)
    pen.box(-0.95, 0.3, 0.95, 1.0, dark, 0.12)
    for left in (-0.86, 0.02):
        pen.box(left, 0.45, left + 0.84, 0.94, look.rgb, 0.1)
        pen.box(left, 0.36, left + 0.84, 0.54, light, 0.06)
    pen.box(-0.95, 0.1, 0.95, 0.38, look.rgb, 0.06)
    for x in (-1.0, 1.0):
        pen.box(x - 0.15, 0.1, x + 0.15, 0.68, look.rgb, 0.12)
        pen.box(x - 0.15, 0.1, x + 0.15, 0.3, dark, 0.06)


def _armchair(pen: Pen, look: Look) -> None:
    dark, light = shade(look.rgb, -0.18), shade(look.rgb, 0.12)
    for x in (-0.3, 0.3):
        pen.limb([(x, 0.14), (x * 1.1, 0.02)], 0.06, WOOD, 0.04)
    pen.box(-0.36, 0.2, 0.36, 1.0, dark, 0.14)
    pen.box(-0.28, 0.42, 0.28, 0.94, look.rgb, 0.12)
    pen.box(-0.3, 0.3, 0.3, 0.48, light, 0.06)
    pen.box(-0.4, 0.12, 0.4, 0.36, look.rgb, 0.06)
    for x in (-0.42, 0.42):
        pen.box(x - 0.09, 0.12, x + 0.09, 0.58, look.rgb, 0.08)


def _chair(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.22)
    for x in (-0.17, 0.15):
        pen.limb([(x, 0.45), (x, 0.02)], 0.05, dark)
    for y in (0.66, 0.8, 0.93):
        pen.box(-0.2, y - 0.035, 0.2, y + 0.035, look.rgb, 0.02)
    for x in (-0.2, 0.2):
        pen.limb([(x, 0.45), (x, 0.97)], 0.05, look.rgb)
    for x in (-0.24, 0.24):
        pen.limb([(x * 0.9, 0.45), (x, 0.0)], 0.055, look.rgb)
    pen.box(-0.27, 0.43, 0.27, 0.51, look.rgb, 0.03)


def _table(pen: Pen, look: Look) -> None:
    dark = shade(look.rgb, -0.25)
    for x in (-0.72, 0.72):
        pen.limb([(x, 0.9), (x, 0.16)], 0.08, shade(dark, -0.15), 0.06)
    for x in (-0.92, 0.92):
        pen.limb([(x, 0.9), (x, 0.03)], 0.1, dark, 0.07)
    pen.box(-1.0, 0.78, 1.0, 0.9, dark)
    pen.polygon([(-0.95, 1.0), (0.95, 1.0), (1.1, 0.9), (-1.1, 0.9)], shade(look.rgb, 0.1))
    pen.box(-1.1, 0.85, 1.1, 0.91, look.rgb, 0.02)


def _bed(pen: Pen, look: Look) -> None:
    pen.box(-1.15, 0.0, -1.02, 1.0, WOOD, 0.05)
    pen.box(0.98, 0.0, 1.1, 0.62, WOOD, 0.05)
    pen.box(-1.05, 0.16, 1.0, 0.32, shade(WOOD, -0.15))
    pen.box(-1.02, 0.3, 0.98, 0.48, (244, 240, 232), 0.06)
    pen.box(-0.98, 0.44, -0.55, 0.64, (252, 250, 246), 0.08)
    pen.blob([(-0.5, 0.3), (-0.52, 0.52), (-0.1, 0.58), (0.5, 0.55), (1.0, 0.5), (1.02, 0.2),
              (0.3, 0.16), (-0.4, 0.18)], look.rgb)  # fmt: skip
    pen.blob([(-0.52, 0.36), (-0.54, 0.54), (-0.38, 0.56), (-0.36, 0.34), (-0.42, 0.2)],
             shade(look.rgb, 0.35))  # fmt: skip


def _lamp(pen: Pen, look: Look) -> None:
    pen.oval(0, 0.015, 0.13, 0.025, METAL)
    pen.limb([(0, 0.02), (0, 0.75)], 0.022, METAL)
    pen.canvas.glow((pen.x, pen.y - 0.82 * pen.unit), 0.3 * pen.unit, (255, 236, 180), 0.7)
    shade_pen = pen.lit()
    shade_pen.polygon([(-0.11, 1.0), (0.11, 1.0), (0.2, 0.72), (-0.2, 0.72)], look.rgb)
    shade_pen.polygon([(-0.02, 1.0), (0.11, 1.0), (0.2, 0.72), (0.02, 0.72)], shade(look.rgb, 0.2))


def _television(pen: Pen, _look: Look) -> None:
    pen.box(-0.8, 0.0, 0.8, 0.22, WOOD, 0.02)
    for x in (-0.4, 0.4):
        pen.box(x - 0.34, 0.04, x + 0.34, 0.18, shade(WOOD, -0.14))
    pen.box(-0.1, 0.2, 0.1, 0.32, (60, 60, 68))
    pen.box(-0.62, 0.28, 0.62, 1.0, (44, 44, 52), 0.03)
    screen = pen.lit()
    screen.box(-0.57, 0.33, 0.57, 0.95, (96, 168, 212))
    screen.polygon([(-0.57, 0.33), (-0.57, 0.52), (-0.2, 0.7), (0.1, 0.48), (0.3, 0.6),
                    (0.57, 0.44), (0.57, 0.33)], (108, 176, 110))  # fmt: skip
    screen.disc(0.3, 0.8, 0.08, (255, 226, 120))


def _bookshelf(pen: Pen, _look: Look) -> None:
    pen.box(-0.36, 0.0, 0.36, 1.0, WOOD, 0.01)
    spines: tuple[RGB, ...] = (
        (190, 84, 76), (88, 128, 168), (222, 184, 96), (96, 146, 112), (150, 110, 160),
        (228, 220, 204), (70, 90, 120),
    )  # fmt: skip
    for shelf in range(4):
        bottom = 0.05 + shelf * 0.24
        pen.box(-0.32, bottom, 0.32, bottom + 0.2, shade(WOOD, -0.35))
        for book in range(7):
            left = -0.31 + book * 0.085
            high = 0.13 + 0.02 * ((book * 5 + shelf * 3) % 4)
            pen.box(left, bottom, left + 0.075, bottom + high, spines[(book * 3 + shelf) % 7])


def _fridge(pen: Pen, look: Look) -> None:
    pen.box(-0.25, 0.02, 0.25, 1.0, look.rgb, 0.04)
    pen.box(-0.25, 0.62, 0.25, 0.635, shade(look.rgb, -0.25))
    pen.limb([(-0.19, 0.7), (-0.19, 0.86)], 0.025, METAL)
    pen.limb([(-0.19, 0.32), (-0.19, 0.56)], 0.025, METAL)
    pen.box(0.17, 0.02, 0.25, 0.98, shade(look.rgb, -0.1), 0.03)


def _desk(pen: Pen, _look: Look) -> None:
    pen.box(-0.95, 0.9, 0.95, 1.0, WOOD, 0.03)
    pen.box(-0.9, 0.02, -0.82, 0.9, shade(WOOD, -0.2))
    pen.box(0.35, 0.02, 0.9, 0.9, shade(WOOD, -0.1))
    for y in (0.34, 0.62, 0.88):
        pen.box(0.39, y - 0.25, 0.86, y - 0.02, WOOD, 0.01)
        pen.disc(0.62, y - 0.13, 0.03, (236, 220, 190))


def _clock(pen: Pen, look: Look) -> None:
    pen.disc(0, 0.5, 0.5, look.rgb)
    pen.disc(0, 0.5, 0.4, (252, 250, 244))
    for x, y in ((0, 0.34), (0.34, 0), (0, -0.34), (-0.34, 0)):
        pen.disc(x, 0.5 + y, 0.03, (90, 84, 90))
    pen.limb([(0, 0.5), (0.14, 0.66)], 0.06, (50, 48, 56))
    pen.limb([(0, 0.5), (-0.05, 0.8)], 0.045, (50, 48, 56))


def _picture(pen: Pen, look: Look) -> None:
    pen.box(-0.68, 0, 0.68, 1.0, look.rgb, 0.03)
    pen.box(-0.56, 0.12, 0.56, 0.88, (206, 228, 236))
    pen.polygon([(-0.56, 0.12), (-0.3, 0.56), (-0.1, 0.34), (0.16, 0.7), (0.56, 0.2), (0.56, 0.12)],
                (104, 138, 128))  # fmt: skip
    pen.disc(0.34, 0.74, 0.08, (250, 206, 120))


STILL = poses(stand="stand")
HUNG = poses(hang="hang")
CLOTH = (*BRIGHT, "gray", "brown", "white")

KINDS = (
    Kind("sofa", nouns("sofa, couch:couches"), _sofa, 0.36, 2.3, CLOTH, STILL,
         seat=(-0.7, 0.7, 0.52)),
    Kind("armchair", nouns("armchair"), _armchair, 0.38, 1.0, CLOTH, STILL,
         seat=(-0.1, 0.1, 0.46)),
    Kind("chair", nouns("chair"), _chair, 0.38, 0.56, (*BRIGHT, "brown", "white", "black"), STILL,
         2, seat=(-0.05, 0.05, 0.5)),
    Kind("table", nouns("table"), _table, 0.27, 2.2, ("brown", "white", "black", "tan"), STILL,
         seat=(-0.8, 0.8, 0.95)),
    Kind("bed", nouns("bed"), _bed, 0.36, 2.3, CLOTH, STILL, seat=(-0.2, 0.7, 0.53)),
    Kind("desk", nouns("desk"), _desk, 0.3, 1.95, (), STILL, seat=(-0.75, 0.75, 0.98)),
    Kind("lamp", nouns("lamp, floor lamp"), _lamp, 0.56, 0.4, (*BRIGHT, "white"), STILL),
    Kind("television", nouns("television, TV"), _television, 0.38, 1.65, (), STILL),
    Kind("bookshelf", nouns("bookshelf:bookshelves, bookcase"), _bookshelf, 0.62, 0.75, (), STILL),
    Kind("fridge", nouns("fridge, refrigerator"), _fridge, 0.56, 0.54,
         ("white", "red", "gray", "green", "blue"), STILL),
    Kind("clock", nouns("clock"), _clock, 0.15, 1.0,
         ("red", "yellow", "blue", "black", "green", "brown"), HUNG),
    Kind("picture", nouns("picture, painting"), _picture, 0.22, 1.4, (), HUNG),
)  # fmt: skip
