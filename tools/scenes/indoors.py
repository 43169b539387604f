"""Rooms: a wall, a floor, often a window."""

from tools.scenes.colours import RGB, mix, shade
from tools.scenes.outdoors import PEOPLE
from tools.scenes.stage import Place, Row, Stage

WALLS: tuple[RGB, ...] = ((238, 222, 202), (206, 222, 220), (226, 212, 226), (214, 226, 200),
                          (242, 214, 196), (204, 214, 232))  # fmt: skip
FLOOR: RGB = (200, 158, 116)
PANES: dict[str, tuple[RGB, RGB]] = {
    "day": ((136, 196, 232), (218, 238, 244)),
    "night": ((20, 28, 64), (58, 72, 118)),
}


def _room(stage: Stage, floor: RGB) -> None:
    wall = stage.rng.choice(WALLS)
    stage.floor(0, 0.7, shade(wall, 0.18), shade(wall, -0.06))
    stage.floor(0.7, 1.0, shade(floor, -0.08), shade(floor, 0.12))
    stage.floor(0.685, 0.705, (250, 246, 238), (232, 226, 216))


def _boards(stage: Stage, colour: RGB) -> None:
    for y in (0.75, 0.82, 0.91):
        stage.floor(y, y + 0.003, shade(colour, -0.2), shade(colour, -0.2))


def _window(stage: Stage, x: float, y: float, size: float) -> None:
    stage.take(x, size * 0.64)
    pen = stage.pen(x, y, size)
    upper, lower = PANES["night" if stage.air.time == "night" else "day"]
    pen.box(-0.56, -0.04, 0.56, 1.04, (252, 249, 242), 0.02)
    for step in range(8):
        pen.lit().box(-0.5, 1 - (step + 1) / 8, 0.5, 1 - step / 8, mix(upper, lower, step / 7))
    if stage.air.time == "night":
        pen.lit().disc(0.24, 0.74, 0.09, (250, 246, 222))
    else:
        pen.lit().dome(-0.1, 0, 0.4, 0.26, (138, 184, 120))
        pen.lit().oval(0.2, 0.7, 0.18, 0.07, (255, 255, 255))
    pen.box(-0.5, 0.48, 0.5, 0.53, (252, 249, 242))
    pen.box(-0.025, 0, 0.025, 1, (252, 249, 242))
    pen.box(-0.62, -0.09, 0.62, -0.03, (236, 230, 220))


def _curtains(stage: Stage, x: float, y: float, size: float) -> None:
    colour = stage.rng.choice(((196, 120, 110), (120, 150, 176), (222, 184, 110), (140, 166, 130)))
    stage.take(x, size * 0.88)
    pen = stage.pen(x, y, size)
    for side in (-1, 1):
        pen.blob([(0.78 * side, 1.12), (0.36 * side, 1.12), (0.46 * side, 0.6), (0.58 * side, -0.2),
                  (0.8 * side, -0.2)], colour)  # fmt: skip
    pen.limb([(-0.86, 1.12), (0.86, 1.12)], 0.04, (150, 120, 90))


def _living_room(stage: Stage) -> None:
    _room(stage, FLOOR)
    _boards(stage, FLOOR)
    x = stage.rng.choice((0.24, 0.5, 0.76))
    _window(stage, x, 0.46, 0.3)
    _curtains(stage, x, 0.46, 0.3)
    rug = stage.rng.choice(((186, 106, 100), (110, 140, 160), (214, 176, 120)))
    stage.pen(0.5, 0.87, 1).oval(0, 0, 0.46, 0.075, rug)
    stage.pen(0.5, 0.87, 1).oval(0, 0, 0.41, 0.062, shade(rug, 0.25))


def _bedroom(stage: Stage) -> None:
    _room(stage, (216, 186, 156))
    x = stage.rng.choice((0.2, 0.5, 0.8))
    _window(stage, x, 0.44, 0.28)
    _curtains(stage, x, 0.44, 0.28)
    stage.pen(0.5, 0.9, 1).oval(0, 0, 0.42, 0.06, (236, 224, 214))


def _kitchen(stage: Stage) -> None:
    _room(stage, (214, 208, 200))
    for row, level in enumerate((0.72, 0.8, 0.9)):
        for place in range(-1, 9):
            if (place + row) % 2 == 0:
                stage.pen((place + 0.5) / 8, level, 0.06).box(-1.1, -0.6, 1.1, 0.7, (188, 180, 172))
    wood = stage.rng.choice(((150, 186, 180), (226, 214, 190), (176, 140, 106), (140, 160, 190)))
    stage.floor(0.5, 0.525, (244, 240, 232), (222, 216, 206))
    stage.floor(0.525, 0.72, wood, shade(wood, -0.1))
    for place in range(8):
        pen = stage.pen(place / 8, 0.71, 0.17)
        pen.box(0.05, 0, 0.08, 1.04, shade(wood, -0.25))
        pen.limb([(0.3, 0.86), (0.5, 0.86)], 0.04, (240, 236, 228))
    _window(stage, stage.rng.choice((0.3, 0.5, 0.7)), 0.44, 0.24)


def _office(stage: Stage) -> None:
    _room(stage, (148, 152, 166))
    _window(stage, 0.2, 0.4, 0.28)
    stage.take(0.52, 0.13)
    board = stage.pen(0.52, 0.28, 0.2)
    board.box(-0.6, -0.2, 0.6, 1.0, (216, 218, 222), 0.03)
    board.box(-0.56, -0.15, 0.56, 0.95, (252, 252, 252))
    board.limb([(-0.4, 0.1), (-0.1, 0.5), (0.1, 0.35), (0.4, 0.75)], 0.04, (90, 140, 190))


PETS = ("cat", "dog")

PLACES = (
    Place("living room", ("in the living room", "in a living room"),
          ("a living room", "a cozy living room"), _living_room, {
              "front": Row((*PEOPLE, *PETS, "ball", "guitar", "chair"), 0.88, 0.96),
              "back": Row(("sofa", "sofa", "armchair", "lamp", "television", "bookshelf", "table"),
                          0.77, 0.8),
              "wall": Row(("clock", "picture"), 0.1, 0.14)}, (), indoors=True),
    Place("bedroom", ("in the bedroom", "in a bedroom"), ("a bedroom", "a quiet bedroom"),
          _bedroom, {
              "front": Row((*PEOPLE, *PETS, "ball", "guitar"), 0.9, 0.96),
              "back": Row(("bed", "bed", "bed", "lamp", "armchair", "bookshelf"), 0.79, 0.82),
              "wall": Row(("clock", "picture"), 0.1, 0.14)}, (), indoors=True),
    Place("kitchen", ("in the kitchen", "in a kitchen"), ("a kitchen", "a bright kitchen"),
          _kitchen, {
              "front": Row((*PEOPLE, *PETS, "chair"), 0.9, 0.96),
              "back": Row(("table", "table", "table", "fridge", "chair"), 0.8, 0.83, 1.1),
              "wall": Row(("clock",), 0.08, 0.12)}, (), indoors=True),
    Place("office", ("in an office", "in the office"), ("an office", "an office room"),
          _office, {
              "front": Row((*PEOPLE, "chair", "dog"), 0.9, 0.96),
              "back": Row(("desk", "desk", "bookshelf", "lamp", "armchair"), 0.78, 0.82, 1.05),
              "wall": Row(("clock",), 0.06, 0.08)}, (), indoors=True),
)  # fmt: skip
