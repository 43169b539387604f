"""Places that people built, under the open sky."""

from tools.scenes.colours import RGB, shade
from tools.scenes.outdoors import NO_SNOW, PEOPLE
from tools.scenes.stage import Place, Row, Stage

ASPHALT: RGB = (104, 108, 120)
PAVEMENT: RGB = (196, 194, 190)


def _windows_lit(stage: Stage) -> bool:
    return stage.air.time == "night"


def _tower(stage: Stage, x: float, wide: float, high: float, colour: RGB) -> None:
    pen = stage.pen(x, 0.66, 1)
    pen.box(0, 0, wide, high, colour)
    pen.box(wide * 0.8, 0, wide, high, shade(colour, -0.12))
    pane: RGB = (255, 220, 140) if _windows_lit(stage) else (206, 226, 236)
    windows = pen.lit() if _windows_lit(stage) else pen
    columns, floors = max(2, round(wide / 0.05)), int(high / 0.075)
    for floor in range(1, floors):
        for column in range(columns):
            if _windows_lit(stage) and stage.rng.random() < 0.35:
                continue
            left = wide * (0.12 + 0.78 * column / columns)
            windows.box(
                left, floor * 0.075, left + wide * 0.42 / columns, floor * 0.075 + 0.042, pane
            )


def _road(stage: Stage, top: float) -> None:
    stage.floor(top, 1.0, ASPHALT, shade(ASPHALT, -0.12))
    for place in range(7):
        stage.pen((place + 0.5) / 7, top + (1 - top) * 0.5, 0.06).box(-0.8, -0.09, 0.8, 0.09,
                                                                       (240, 236, 222))  # fmt: skip


def _city(stage: Stage) -> None:
    stage.sky(0.62)
    share = stage.width / stage.height
    far = stage.far((150, 160, 184), 0.4)
    for place in range(9):
        wide = 0.17 * share
        _tower(stage, place / 9 - 0.03, wide * 0.75, stage.rng.uniform(0.25, 0.52), far)
    tones: tuple[RGB, ...] = ((196, 132, 110), (150, 160, 180), (222, 196, 150), (130, 146, 150),
                              (184, 168, 176))  # fmt: skip
    at = -0.05
    while at < 1:
        wide = stage.rng.uniform(0.15, 0.23)
        _tower(stage, at, wide, stage.rng.uniform(0.2, 0.42), stage.rng.choice(tones))
        at += (wide + 0.012) / share
    stage.floor(0.66, 0.76, PAVEMENT, shade(PAVEMENT, 0.1))
    _road(stage, 0.76)


def _village(stage: Stage) -> None:
    stage.sky(0.56)
    stage.ridge(0.6, 0.16, stage.far((122, 160, 120), 0.35))
    stage.wood(0.63, 0.13, (96, 146, 92), 12, pines=False)
    stage.floor(0.62, 0.76, (142, 188, 104), (118, 170, 88))
    stage.floor(0.76, 1.0, (214, 196, 166), (196, 174, 142))
    for _ in range(46):
        y = stage.rng.uniform(0.78, 1.0)
        stage.pen(stage.rng.random(), y, 0.03).oval(0, 0, 1, 0.3, (180, 158, 128), opacity=0.45)


def _park(stage: Stage) -> None:
    stage.sky(0.52)
    stage.wood(0.6, 0.3, stage.far((116, 166, 110), 0.35), 10, pines=False)
    stage.wood(0.63, 0.24, stage.far((96, 154, 92), 0.1), 8, pines=False)
    stage.floor(0.62, 1.0, (146, 196, 104), (104, 164, 82))
    path: RGB = (226, 208, 172)
    stage.pen(0.5, 1.0, 1).blob([(-0.34, -0.06), (-0.02, 0.14), (0.3, 0.3), (0.36, 0.375),
                                 (0.42, 0.375), (0.44, 0.28), (0.22, 0.12), (0.2, -0.06)],
                                path)  # fmt: skip
    stage.tufts(0.68, 1.0, (84, 144, 72), 30)
    stage.flowers(0.66, 0.75, 16)


def _harbour(stage: Stage) -> None:
    stage.sky(0.5)
    tones: tuple[RGB, ...] = ((226, 142, 120), (240, 208, 140), (150, 186, 200), (236, 228, 212),
                              (196, 150, 160))  # fmt: skip
    share = stage.width / stage.height
    at = -0.02
    while at < 1:
        wide = stage.rng.uniform(0.1, 0.15)
        high = stage.rng.uniform(0.12, 0.2)
        tone = stage.rng.choice(tones)
        pen = stage.pen(at, 0.53, 1)
        pen.box(0, 0, wide, high, tone)
        pen.polygon(
            [(-0.008, high), (wide + 0.008, high), (wide * 0.5, high + 0.06)], (168, 92, 76)
        )
        panes = pen.lit() if _windows_lit(stage) else pen
        pane: RGB = (255, 222, 150) if _windows_lit(stage) else shade(tone, -0.4)
        for x in (0.2, 0.62):
            for y in (0.2, 0.6):
                panes.box(wide * x, high * y, wide * (x + 0.18), high * (y + 0.22), pane)
        at += (wide + 0.004) / share
    stage.floor(0.53, 0.82, stage.far((84, 150, 180), 0.15), (48, 112, 150))
    stage.ripples(0.56, 0.82, (220, 238, 246), 26)
    stage.floor(0.82, 1.0, (186, 174, 160), (160, 146, 132))
    for place in range(12):
        stage.pen(place / 11, 0.82, 0.2).box(-0.01, -0.9, 0.01, 0, (140, 126, 114))


def _railway(stage: Stage) -> None:
    stage.sky(0.54)
    stage.ridge(0.58, 0.18, stage.far((118, 156, 128), 0.4))
    stage.ridge(0.62, 0.08, stage.far((128, 178, 102), 0.1))
    stage.floor(0.62, 1.0, (150, 186, 108), (108, 156, 84))
    stage.floor(0.75, 0.83, (164, 154, 146), (140, 130, 124))
    for place in range(30):
        stage.pen(place / 29, 0.8, 0.045).box(-0.12, -0.2, 0.12, 0.35, (112, 84, 66))
    for y in (0.786, 0.803):
        stage.floor(y, y + 0.006, (206, 208, 214), (150, 152, 160))
    stage.tufts(0.85, 1.0, (84, 136, 70), 24)


VEHICLES = ("car", "bus", "truck", "van", "bicycle")

PLACES = (
    Place("city street", ("on a city street", "in the city", "on the street"),
          ("a city street", "a street with tall buildings"), _city, {
              "front": Row((*VEHICLES, *VEHICLES, *PEOPLE, "dog"), 0.88, 0.96),
              "back": Row(("street lamp", "traffic light", "bench", "tree"), 0.75, 0.76, 0.95),
              "air": Row(("airplane", "helicopter", "bird"), 0.08, 0.12)}),
    Place("village", ("in a village", "on a village street", "in a small village"),
          ("a village street", "a quiet village"), _village, {
              "front": Row((*PEOPLE, *PEOPLE, "car", "bicycle", "dog", "cat", "chicken", "van",
                            "tractor"), 0.86, 0.96),
              "back": Row(("house", "house", "house", "street lamp", "tree"), 0.75, 0.76),
              "air": Row(("hot air balloon", "bird", "airplane"), 0.08, 0.14)}),
    Place("park", ("in the park", "in a park"), ("a park", "a green park"), _park, {
              "front": Row((*PEOPLE, *PEOPLE, "dog", "bicycle", "ball", "cat", "rabbit"),
                           0.84, 0.95),
              "back": Row(("bench", "bench", "fountain", "tree", "street lamp"), 0.72, 0.76),
              "air": Row(("kite", "bird", "hot air balloon", "airplane"), 0.08, 0.16)}, NO_SNOW),
    Place("harbour", ("in the harbor", "at the harbor", "in a harbor"),
          ("a harbor", "a harbor with colorful houses"), _harbour, {
              "front": Row(("sailboat", "ship", "rowboat", "sailboat"), 0.68, 0.77),
              "shore": Row((*PEOPLE, "dog", "cat", "bicycle"), 0.92, 0.97, 0.85,
                           ("at the harbor", "by the water in a harbor")),
              "air": Row(("bird", "airplane", "helicopter"), 0.08, 0.13)}, NO_SNOW),
    Place("railway", ("in the countryside", "in the green countryside"),
          ("a railway in the countryside", "a railroad track"), _railway, {
              "front": Row(("train",), 0.8, 0.8, 1.0),
              "shore": Row((*PEOPLE, "dog", "cow", "sheep", "horse", "bicycle"), 0.94, 0.97, 0.8,
                           ("by a railroad track", "beside the railroad track")),
              "back": Row(("tree", "house", "windmill"), 0.68, 0.7, 0.8),
              "air": Row(("hot air balloon", "bird", "airplane"), 0.08, 0.14)}, NO_SNOW),
)  # fmt: skip
