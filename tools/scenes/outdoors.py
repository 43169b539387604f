"""Places under the open sky: land and water."""

from tools.scenes.colours import RGB
from tools.scenes.stage import Place, Row, Stage

PEOPLE = ("man", "woman", "boy", "girl")
ALOFT = ("hot air balloon", "airplane", "kite", "bird", "helicopter")
GRASS: RGB = (132, 186, 96)
DARK_GRASS: RGB = (92, 152, 78)
SNOW: RGB = (246, 249, 253)
NO_SNOW = ("sunny", "cloudy", "rain", "fog", "clear")


def _meadow(stage: Stage) -> None:
    stage.sky(0.56)
    stage.ridge(0.58, 0.14, stage.far((112, 160, 120), 0.45))
    stage.ridge(0.6, 0.08, stage.far((122, 178, 100), 0.15))
    stage.floor(0.6, 1.0, GRASS, DARK_GRASS)
    stage.tufts(0.64, 1.0, (82, 140, 70), 45)
    stage.flowers(0.66, 0.99, 34)


def _mountains(stage: Stage) -> None:
    stage.sky(0.6)
    stage.mountains(0.62, 0.42, stage.far((128, 140, 170), 0.35), (246, 250, 255))
    stage.ridge(0.62, 0.12, stage.far((88, 128, 104), 0.2))
    stage.wood(0.64, 0.1, (62, 108, 84), 16, pines=True)
    stage.floor(0.63, 1.0, (140, 178, 104), (98, 146, 80))
    stage.tufts(0.68, 1.0, (84, 132, 70), 34)


def _forest(stage: Stage) -> None:
    stage.sky(0.5)
    stage.wood(0.62, 0.5, stage.far((92, 142, 112), 0.4), 14, pines=True)
    stage.wood(0.66, 0.62, stage.far((64, 120, 88), 0.15), 11, pines=True)
    stage.floor(0.64, 1.0, (112, 146, 82), (74, 106, 62))
    for x in (0.04, 0.19, 0.8, 0.95):
        pen = stage.pen(x + stage.rng.uniform(-0.03, 0.03), 0.72, 0.72)
        pen.box(-0.045, 0, 0.045, 1.1, (104, 74, 54))
        pen.box(0.015, 0, 0.045, 1.1, (84, 58, 46))
        for at in (-0.2, 0.0, 0.2):
            pen.disc(at, 0.9, 0.2, (58, 116, 72))
    stage.tufts(0.7, 1.0, (58, 98, 54), 40)


def _beach(stage: Stage) -> None:
    stage.sky(0.5)
    _sea(stage, 0.5, 0.68)
    edge = stage.pen(0.5, 0.68, 1)
    edge.blob([(-1.2, 0.012), (-0.5, 0.02), (0, 0.008), (0.5, 0.022), (1.2, 0.01), (1.2, -0.02),
               (0.4, -0.012), (-0.3, -0.02), (-1.2, -0.014)], (250, 252, 252))  # fmt: skip
    stage.floor(0.69, 1.0, (242, 220, 170), (230, 198, 142))
    for _ in range(30):
        y = stage.rng.uniform(0.74, 1.0)
        stage.pen(stage.rng.random(), y, 0.02).oval(0, 0, 1, 0.12, (214, 180, 124), opacity=0.4)


def _sea(stage: Stage, top: float, bottom: float) -> None:
    stage.floor(top, bottom, stage.far((70, 150, 196), 0.25), (40, 118, 172))
    stage.ripples(top + 0.02, bottom, (220, 240, 250), 26)


def _open_sea(stage: Stage) -> None:
    stage.sky(0.52)
    _sea(stage, 0.52, 1.0)
    stage.ripples(0.6, 1.0, (230, 244, 250), 30)


def _lake(stage: Stage) -> None:
    stage.sky(0.48)
    stage.mountains(0.5, 0.24, stage.far((130, 146, 176), 0.45), (244, 248, 252))
    stage.ridge(0.5, 0.1, stage.far((92, 140, 106), 0.2))
    stage.wood(0.52, 0.1, (66, 116, 84), 15, pines=True)
    stage.floor(0.52, 0.84, stage.far((118, 178, 204), 0.2), (66, 138, 176))
    stage.ripples(0.55, 0.84, (226, 242, 248), 30)
    stage.floor(0.84, 1.0, (134, 184, 96), (90, 148, 76))
    for _ in range(16):
        x, y = stage.rng.random(), stage.rng.uniform(0.83, 0.87)
        pen = stage.pen(x, y, 0.08)
        pen.limb([(0, 0), (0.06, 0.9)], 0.06, (96, 134, 70), 0.03)
        pen.oval(0.06, 0.8, 0.06, 0.2, (120, 82, 54))


def _desert(stage: Stage) -> None:
    stage.sky(0.56)
    stage.ridge(0.6, 0.16, stage.far((214, 150, 104), 0.35), rugged=True)
    stage.ridge(0.62, 0.1, (234, 190, 130))
    stage.floor(0.62, 1.0, (240, 202, 142), (220, 168, 104))
    for level in (0.7, 0.84):
        stage.pen(stage.rng.uniform(0.2, 0.8), level, 0.5).oval(0, 0, 1, 0.05, (206, 152, 94),
                                                               opacity=0.35)  # fmt: skip


def _savanna(stage: Stage) -> None:
    stage.sky(0.58)
    stage.ridge(0.6, 0.07, stage.far((150, 140, 120), 0.4))
    stage.floor(0.6, 1.0, (226, 196, 112), (198, 158, 80))
    for x in (0.08, 0.36, 0.62, 0.92):
        pen = stage.pen(x + stage.rng.uniform(-0.05, 0.05), 0.62, stage.rng.uniform(0.1, 0.16))
        pen.limb([(0, 0), (0.03, 0.6)], 0.09, (104, 80, 58))
        pen.oval(0.03, 0.78, 0.72, 0.17, stage.far((112, 136, 70), 0.15))
        pen.oval(0.2, 0.9, 0.4, 0.12, stage.far((128, 150, 78), 0.15))
    stage.tufts(0.66, 1.0, (176, 136, 64), 60)


def _snowfield(stage: Stage) -> None:
    stage.sky(0.56)
    stage.mountains(0.58, 0.28, stage.far((154, 170, 198), 0.4), SNOW)
    stage.ridge(0.6, 0.1, (226, 234, 244))
    stage.wood(0.62, 0.12, stage.far((86, 124, 116), 0.1), 11, pines=True)
    stage.floor(0.61, 1.0, (236, 242, 250), (250, 252, 255))
    for _ in range(14):
        y = stage.rng.uniform(0.68, 1.0)
        stage.pen(stage.rng.random(), y, 0.12).oval(0, 0, 1, 0.08, (206, 220, 238), opacity=0.5)


def _farm(stage: Stage) -> None:
    stage.sky(0.54)
    stage.ridge(0.56, 0.1, stage.far((150, 178, 110), 0.35))
    stage.floor(0.56, 0.68, (226, 196, 104), (204, 168, 82))
    for place in range(24):
        stage.pen(place / 23, 0.68, 0.1).polygon(
            [(-0.06, 0), (0.06, 0), ((0.5 - place / 23) * 1.0, 1.15)], (190, 150, 72), 0.45
        )
    stage.floor(0.68, 1.0, (138, 184, 92), (96, 150, 74))
    for place in range(11):
        pen = stage.pen(place / 10, 0.715, 0.1)
        pen.box(-0.07, 0, 0.07, 0.85, (248, 244, 234))
        for y in (0.3, 0.6):
            pen.box(-0.8, y, 0.8, y + 0.13, (240, 234, 222))
    stage.tufts(0.76, 1.0, (82, 136, 66), 34)


def _underwater(stage: Stage) -> None:
    stage.canvas.gradient(0, stage.height, (92, 198, 220), (18, 76, 132))
    for _ in range(5):
        x = stage.rng.random()
        pen = stage.pen(x, 0.0, 1)
        pen.polygon([(0, 0), (0.08, 0), (-0.1, -0.8), (-0.3, -0.8)], (210, 244, 248), 0.12)
    stage.ridge(0.9, 0.1, (46, 116, 150))
    stage.floor(0.9, 1.0, (222, 204, 156), (196, 172, 122))
    corals: tuple[RGB, ...] = ((236, 112, 116), (244, 160, 96), (184, 108, 176), (240, 140, 170))
    for _ in range(9):
        pen = stage.pen(stage.rng.random(), stage.rng.uniform(0.92, 0.98), 0.13)
        if stage.rng.random() < 0.5:
            colour = stage.rng.choice(corals)
            for x, y in ((-0.3, 0.7), (0, 1.0), (0.3, 0.75), (-0.14, 0.86), (0.16, 0.9)):
                pen.limb([(0, 0), (x * 0.7, y * 0.5), (x, y)], 0.13, colour, 0.08)
        else:
            for x in (-0.2, 0, 0.2):
                pen.limb([(x, 0), (x + 0.09, 0.4), (x - 0.05, 0.8), (x + 0.06, 1.2)], 0.09,
                         (64, 148, 108), 0.03)  # fmt: skip
    for _ in range(16):
        pen = stage.pen(stage.rng.random(), stage.rng.random() * 0.85, 0.012)
        pen.disc(0, 0, stage.rng.uniform(0.3, 0.8), (214, 242, 250), 0.45)


LAND_ANIMALS = ("dog", "horse", "cow", "sheep", "rabbit")

PLACES = (
    Place("meadow", ("in a meadow", "in a green field", "on the grass"),
          ("a green meadow", "a grassy field with flowers"), _meadow, {
              "front": Row((*PEOPLE, *LAND_ANIMALS, "ball", "bicycle", "cat"), 0.8, 0.93),
              "back": Row(("tree", "house", "tent", "windmill"), 0.68, 0.72),
              "air": Row(ALOFT, 0.1, 0.2)}, NO_SNOW),
    Place("mountains", ("in the mountains", "in front of the mountains", "near snowy mountains"),
          ("a mountain landscape", "snowy mountains"), _mountains, {
              "front": Row((*PEOPLE, "dog", "horse", "cow", "sheep"), 0.8, 0.93),
              "back": Row(("tent", "pine tree", "rock", "house"), 0.7, 0.74),
              "air": Row(("hot air balloon", "airplane", "bird", "helicopter"), 0.1, 0.18)},
          NO_SNOW),
    Place("forest", ("in the forest", "in the woods", "among the trees"),
          ("a forest", "a pine forest"), _forest, {
              "front": Row((*PEOPLE, "dog", "rabbit", "horse", "bicycle", "cat"), 0.82, 0.94),
              "back": Row(("tent", "rock", "bench"), 0.73, 0.76)}),
    Place("beach", ("on the beach", "on a sandy beach", "at the beach"),
          ("a sandy beach", "a beach by the sea"), _beach, {
              "front": Row((*PEOPLE, "dog", "ball", "horse"), 0.84, 0.95),
              "back": Row(("palm tree", "beach umbrella", "rock"), 0.75, 0.78),
              "water": Row(("sailboat", "ship"), 0.6, 0.63, 0.7, ("on the sea",)),
              "air": Row(("kite", "bird", "airplane", "hot air balloon"), 0.08, 0.16)}, NO_SNOW),
    Place("sea", ("on the sea", "on the ocean", "on the water"),
          ("the open sea", "the blue ocean"), _open_sea, {
              "front": Row(("sailboat", "ship", "rowboat"), 0.72, 0.88, 1.15),
              "back": Row(("lighthouse", "rock"), 0.58, 0.6, 0.8),
              "air": Row(("bird", "airplane", "hot air balloon", "helicopter"), 0.08, 0.16)},
          NO_SNOW),
    Place("lake", ("on a lake", "on the lake"), ("a lake", "a calm lake"), _lake, {
              "front": Row(("duck", "rowboat", "sailboat", "duck"), 0.68, 0.78),
              "shore": Row((*PEOPLE, "dog", "bench", "tent"), 0.92, 0.97, 0.85,
                           ("by a lake", "by the lake", "at the lake")),
              "air": Row(("bird", "hot air balloon", "airplane"), 0.08, 0.15)}, NO_SNOW),
    Place("desert", ("in the desert", "on the sand in the desert"),
          ("a desert", "a sandy desert"), _desert, {
              "front": Row((*PEOPLE, "horse", "car", "truck", "elephant"), 0.8, 0.93),
              "back": Row(("cactus", "rock", "tent", "palm tree"), 0.7, 0.74),
              "air": Row(("hot air balloon", "airplane", "helicopter", "bird"), 0.08, 0.18)},
          ("sunny", "cloudy", "clear")),
    Place("savanna", ("on the savanna", "on dry grass", "in a dry yellow field"),
          ("a dry savanna", "a dry yellow grassland"), _savanna, {
              "front": Row(("elephant", "elephant", "horse", "dog", "man", "woman", "truck", "van"),
                           0.84, 0.95),
              "back": Row(("tree", "rock", "tent"), 0.7, 0.73),
              "air": Row(("hot air balloon", "airplane", "helicopter", "bird"), 0.08, 0.18)},
          ("sunny", "cloudy", "rain", "clear")),
    Place("snow field", ("in the snow", "on the snow", "in a snowy field"),
          ("a snowy landscape", "a field covered in snow"), _snowfield, {
              "front": Row((*PEOPLE, "dog", "penguin", "snowman", "rabbit"), 0.82, 0.94),
              "back": Row(("house", "pine tree", "tent", "snowman"), 0.7, 0.74),
              "air": Row(("bird", "airplane", "helicopter", "hot air balloon"), 0.08, 0.16)},
          ("sunny", "cloudy", "snow", "clear")),
    Place("farm", ("on a farm", "on the farm", "by a wheat field"),
          ("a farm", "a farm with a fence"), _farm, {
              "front": Row(("cow", "pig", "chicken", "sheep", "horse", "tractor", *PEOPLE, "dog"),
                           0.84, 0.95),
              "back": Row(("barn", "windmill", "tree"), 0.72, 0.74),
              "air": Row(("bird", "hot air balloon", "airplane"), 0.08, 0.16)}, NO_SNOW),
    Place("underwater", ("under water", "underwater", "in the sea above a coral reef"),
          ("an underwater scene", "a coral reef"), _underwater, {
              "front": Row(("fish",), 0.42, 0.5, 1.25),
              "shore": Row(("fish", "turtle"), 0.74, 0.82),
              "air": Row(("fish", "turtle"), 0.2, 0.24)}, ()),
)  # fmt: skip
