"""What stands further back: houses, trees and other marks of a place."""

from tools.scenes.colours import RGB, mix, shade
from tools.scenes.kinds import Kind, Look, nouns, poses
from tools.scenes.pen import Pen

TRUNK: RGB = (122, 84, 58)
GLASS: RGB = (255, 226, 150)


def _house(pen: Pen, look: Look) -> None:
    roof: RGB = (150, 84, 70) if look.colour not in {"red", "orange", "brown"} else (84, 88, 104)
    pen.box(0.22, 0.72, 0.34, 1.0, shade(look.rgb, -0.3))
    pen.box(-0.5, 0.0, 0.5, 0.6, look.rgb)
    pen.box(0.28, 0.0, 0.5, 0.6, shade(look.rgb, -0.1))
    pen.polygon([(-0.6, 0.58), (0.6, 0.58), (0.36, 0.95), (-0.36, 0.95)], roof)
    pen.polygon([(-0.6, 0.58), (0.6, 0.58), (0.57, 0.63), (-0.57, 0.63)], shade(roof, -0.25))
    pen.box(-0.08, 0.0, 0.1, 0.36, (112, 76, 60))
    pen.disc(0.06, 0.18, 0.014, (240, 214, 130))
    for x in (-0.32, 0.3):
        pen.box(x - 0.115, 0.2, x + 0.115, 0.46, (252, 248, 238))
        pen.lit().box(x - 0.095, 0.22, x + 0.095, 0.44, mix((150, 200, 226), GLASS, _warmth(pen)))
        pen.box(x - 0.01, 0.22, x + 0.01, 0.44, (252, 248, 238))
        pen.box(x - 0.095, 0.32, x + 0.095, 0.34, (252, 248, 238))


def _warmth(pen: Pen) -> float:
    return 1.0 if pen.light.tint[0] < 0.8 else 0.0


def _tree(pen: Pen, look: Look) -> None:
    pen.limb([(0.0, 0.0), (0.0, 0.5)], 0.1, TRUNK, 0.06)
    pen.limb([(0.0, 0.3), (0.16, 0.5)], 0.04, TRUNK)
    for x, y, size in ((-0.2, 0.52, 0.2), (0.22, 0.54, 0.19), (0.0, 0.5, 0.2)):
        pen.disc(x, y, size, shade(look.rgb, -0.2))
    for x, y, size in ((-0.12, 0.66, 0.22), (0.14, 0.68, 0.2), (0.0, 0.8, 0.19)):
        pen.disc(x, y, size, look.rgb)
    for x, y, size in ((-0.1, 0.76, 0.1), (0.04, 0.87, 0.08)):
        pen.disc(x, y, size, shade(look.rgb, 0.18))


def _pine(pen: Pen, look: Look) -> None:
    pen.box(-0.04, 0.0, 0.04, 0.2, TRUNK)
    for bottom, top, wide in ((0.12, 0.5, 0.3), (0.34, 0.74, 0.24), (0.56, 1.0, 0.17)):
        pen.polygon([(-wide, bottom), (wide, bottom), (0, top)], look.rgb)
        pen.polygon([(0, bottom), (wide, bottom), (0, top)], shade(look.rgb, -0.16))


def _palm(pen: Pen, look: Look) -> None:
    pen.limb([(0.0, 0.0), (0.04, 0.3), (0.12, 0.58), (0.22, 0.8)], 0.075, (164, 122, 82), 0.045)
    leaves = (
        ((-0.1, 0.96), (-0.26, 0.78)), ((0.0, 0.66), (-0.12, 0.52)), ((0.4, 0.68), (0.52, 0.54)),
        ((0.5, 0.94), (0.66, 0.74)), ((0.06, 1.0), (-0.08, 0.99)), ((0.4, 1.02), (0.5, 0.98)),
    )  # fmt: skip
    for place, (bend, tip) in enumerate(leaves):
        colour = shade(look.rgb, -0.16 if place % 2 else 0)
        pen.blob([(0.2, 0.8), bend, tip, ((bend[0] + 0.22) / 2, (bend[1] + 0.76) / 2)], colour)
    for x in (0.18, 0.25):
        pen.disc(x, 0.77, 0.035, (120, 82, 56))


def _barn(pen: Pen, look: Look) -> None:
    trim: RGB = (250, 246, 236)
    pen.polygon([(-0.55, 0), (-0.55, 0.6), (-0.36, 0.86), (0, 1.0), (0.36, 0.86), (0.55, 0.6),
                 (0.55, 0)], look.rgb)  # fmt: skip
    pen.limb([(-0.6, 0.56), (-0.38, 0.87), (0, 1.01), (0.38, 0.87), (0.6, 0.56)], 0.06,
             (96, 88, 92))  # fmt: skip
    pen.box(-0.2, 0.0, 0.2, 0.42, trim)
    pen.box(-0.17, 0.0, 0.17, 0.39, shade(look.rgb, -0.2))
    pen.limb([(-0.17, 0.01), (0.17, 0.38)], 0.025, trim)
    pen.limb([(0.17, 0.01), (-0.17, 0.38)], 0.025, trim)
    pen.box(-0.09, 0.6, 0.09, 0.76, trim)
    pen.box(-0.07, 0.62, 0.07, 0.74, (70, 60, 64))


def _windmill(pen: Pen, look: Look) -> None:
    pen.polygon([(-0.22, 0), (0.22, 0), (0.13, 0.66), (-0.13, 0.66)], look.rgb)
    pen.polygon([(0.08, 0), (0.22, 0), (0.13, 0.66), (0.06, 0.66)], shade(look.rgb, -0.12))
    pen.dome(0, 0.65, 0.15, 0.13, (150, 84, 70))
    pen.box(-0.06, 0, 0.06, 0.16, (112, 76, 60))
    pen.box(-0.04, 0.36, 0.04, 0.46, (110, 150, 176))
    for x, y in ((0.24, 0.26), (-0.26, 0.24), (-0.24, -0.26), (0.26, -0.24)):
        pen.limb([(0, 0.68), (x, 0.68 + y)], 0.025, (110, 84, 66))
        pen.polygon([(x * 0.25, 0.68 + y * 0.25), (x, 0.68 + y), (x - y * 0.3, 0.68 + y + x * 0.3),
                     (x * 0.25 - y * 0.3, 0.68 + y * 0.25 + x * 0.3)], (246, 238, 220))  # fmt: skip
    pen.disc(0, 0.68, 0.035, (110, 84, 66))


def _lighthouse(pen: Pen, look: Look) -> None:
    pen.polygon([(-0.17, 0), (0.17, 0), (0.1, 0.74), (-0.1, 0.74)], (252, 250, 244))
    for bottom in (0.1, 0.36, 0.6):
        wide, slim = 0.17 - bottom * 0.095, 0.17 - (bottom + 0.12) * 0.095
        top = bottom + 0.12
        pen.polygon([(-wide, bottom), (wide, bottom), (slim, top), (-slim, top)], look.rgb)
    pen.box(-0.14, 0.73, 0.14, 0.77, (70, 72, 82))
    pen.lit().box(-0.07, 0.77, 0.07, 0.88, (255, 236, 160))
    pen.dome(0, 0.87, 0.1, 0.12, look.rgb)
    pen.box(-0.035, 0, 0.035, 0.09, (90, 70, 64))


def _cactus(pen: Pen, look: Look) -> None:
    pen.limb([(0, 0.02), (0, 0.88)], 0.22, look.rgb)
    pen.limb([(0.0, 0.36), (-0.27, 0.38), (-0.28, 0.66)], 0.14, look.rgb)
    pen.limb([(0.0, 0.48), (0.26, 0.5), (0.27, 0.76)], 0.14, look.rgb)
    for x in (-0.05, 0.04):
        pen.limb([(x, 0.06), (x, 0.86)], 0.016, shade(look.rgb, -0.3))


def _street_lamp(pen: Pen, _look: Look) -> None:
    post: RGB = (62, 66, 78)
    pen.limb([(0, 0), (0, 0.86)], 0.035, post, 0.025)
    pen.box(-0.05, 0, 0.05, 0.06, post)
    if _warmth(pen):
        pen.canvas.glow((pen.x, pen.y - 0.9 * pen.unit), 0.4 * pen.unit, (255, 230, 160), 0.9)
    pen.lit().polygon([(-0.05, 0.86), (0.05, 0.86), (0.075, 0.96), (-0.075, 0.96)], GLASS)
    pen.polygon([(-0.09, 0.96), (0.09, 0.96), (0.0, 1.01)], post)


def _traffic_light(pen: Pen, _look: Look) -> None:
    pen.limb([(0, 0), (0, 0.7)], 0.04, (78, 80, 90))
    pen.box(-0.1, 0.62, 0.1, 1.0, (50, 52, 60), 0.04)
    for y, colour in ((0.91, (236, 70, 60)), (0.81, (120, 96, 50)), (0.71, (40, 86, 60))):
        pen.lit().disc(0, y, 0.042, colour)


def _fountain(pen: Pen, _look: Look) -> None:
    stone: RGB = (186, 184, 180)
    for x in (-0.34, -0.16, 0.16, 0.34):
        pen.limb(
            [(0, 0.82), (x * 0.5, 1.0), (x, 0.76), (x * 1.2, 0.3)], 0.03, (206, 232, 244), 0.015
        )
    pen.box(-0.07, 0.2, 0.07, 0.84, stone)
    pen.oval(0, 0.6, 0.32, 0.06, shade(stone, -0.12))
    pen.oval(0, 0.26, 0.78, 0.09, (150, 204, 226))
    pen.blob([(-0.8, 0.26), (-0.4, 0.18), (0.4, 0.18), (0.8, 0.26), (0.74, 0.02), (-0.74, 0.02)],
             stone)  # fmt: skip


def _rock(pen: Pen, look: Look) -> None:
    pen.blob([(-0.8, 0.02), (-0.7, 0.5), (-0.3, 0.94), (0.2, 0.96), (0.66, 0.56), (0.82, 0.02)],
             look.rgb)  # fmt: skip
    pen.polygon([(-0.66, 0.5), (-0.3, 0.92), (0.1, 0.94), (-0.16, 0.6)], shade(look.rgb, 0.22))
    pen.polygon([(0.2, 0.5), (0.62, 0.56), (0.8, 0.04), (0.3, 0.04)], shade(look.rgb, -0.18))


STILL = poses(stand="stand")
WALLS = ("red", "yellow", "blue", "white", "green", "pink", "orange", "purple")

KINDS = (
    Kind("house", nouns("house"), _house, 0.5, 1.2, WALLS, STILL, 2),
    Kind("tree", nouns("tree"), _tree, 0.62, 0.8, ("green",), STILL),
    Kind("pine tree", nouns("pine tree, pine"), _pine, 0.6, 0.62, ("green",), STILL, 2),
    Kind("palm tree", nouns("palm tree, palm"), _palm, 0.64, 0.8, ("green",), STILL, 2),
    Kind("barn", nouns("barn"), _barn, 0.46, 1.2, ("red", "white", "brown", "blue"), STILL),
    Kind("windmill", nouns("windmill"), _windmill, 0.66, 0.62, ("white", "red", "yellow"), STILL),
    Kind("lighthouse", nouns("lighthouse"), _lighthouse, 0.7, 0.36, ("red", "blue", "black"),
         STILL),
    Kind("cactus", nouns("cactus:cacti"), _cactus, 0.42, 0.72, ("green",), STILL, 3),
    Kind("street lamp", nouns("street lamp, lamp post"), _street_lamp, 0.66, 0.2, (), STILL),
    Kind("traffic light", nouns("traffic light"), _traffic_light, 0.56, 0.22, (), STILL),
    Kind("fountain", nouns("fountain"), _fountain, 0.34, 1.6, (), STILL),
    Kind("rock", nouns("rock, boulder"), _rock, 0.24, 1.65, ("gray",), STILL),
)  # fmt: skip
