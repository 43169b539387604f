"""The hour and the weather: the sky's colours, the light below it, what falls from it."""

from dataclasses import dataclass
from random import Random

from tools.scenes.canvas import Canvas
from tools.scenes.colours import RGB, Light, mix
from tools.scenes.pen import Pen


@dataclass(frozen=True)
class Atmosphere:
    """One hour with one weather.

    Attributes:
        time: ``day``, ``dawn``, ``sunset`` or ``night``.
        weather: ``sunny``, ``cloudy``, ``rain``, ``snow``, ``fog`` or ``clear``.
        upper, lower: the sky's colours, at the top and above the horizon.
        light: what it does to the colours of things.
        clouds: the clouds' colour.
        phrases: what a caption says of it, as adverbs.
        adjectives: what a caption says of it, before the name of a place.
    """

    time: str
    weather: str
    upper: RGB
    lower: RGB
    light: Light
    clouds: RGB
    phrases: tuple[str, ...]
    adjectives: tuple[str, ...]


ATMOSPHERES: tuple[Atmosphere, ...] = (
    Atmosphere(
        "day", "sunny", (92, 170, 226), (206, 234, 244), Light(), (255, 255, 255),
        ("on a sunny day", "under a blue sky", "in the sunshine"), ("sunny",),
    ),
    Atmosphere(
        "day", "cloudy", (158, 174, 190), (216, 222, 226), Light((0.92, 0.94, 0.96)),
        (236, 238, 240), ("on a cloudy day", "under a cloudy sky", "under gray clouds"),
        ("cloudy",),
    ),
    Atmosphere(
        "day", "rain", (104, 120, 140), (170, 182, 194), Light((0.82, 0.86, 0.92)),
        (128, 140, 156), ("in the rain", "on a rainy day"), ("rainy",),
    ),
    Atmosphere(
        "day", "snow", (176, 192, 210), (232, 236, 242), Light((0.95, 0.97, 1.0)),
        (222, 228, 236), ("in falling snow", "on a snowy day", "while it is snowing"), ("snowy",),
    ),
    Atmosphere(
        "day", "fog", (198, 206, 210), (226, 230, 230), Light((0.96, 0.97, 0.97), (220, 226, 228),
        0.16), (226, 230, 232), ("in the fog", "on a foggy day"), ("foggy",),
    ),
    Atmosphere(
        "sunset", "clear", (112, 84, 142), (255, 178, 104), Light((1.0, 0.84, 0.74)),
        (246, 150, 124), ("at sunset", "under an orange evening sky"), ("sunset",),
    ),
    Atmosphere(
        "dawn", "clear", (142, 164, 214), (255, 206, 206), Light((1.0, 0.93, 0.94)),
        (255, 224, 222), ("at dawn", "under a pink morning sky"), ("early morning",),
    ),
    Atmosphere(
        "night", "clear", (16, 22, 56), (58, 74, 128), Light((0.66, 0.68, 0.8)), (70, 82, 124),
        ("at night", "under a starry sky", "in the moonlight"), ("moonlit",),
    ),
    Atmosphere(
        "night", "snow", (30, 36, 72), (92, 106, 150), Light((0.7, 0.72, 0.84)), (82, 92, 130),
        ("on a snowy night",), ("snowy night-time",),
    ),
    Atmosphere(
        "night", "rain", (22, 28, 52), (66, 78, 108), Light((0.62, 0.65, 0.77)), (50, 58, 88),
        ("on a rainy night",), ("rainy night-time",),
    ),
)  # fmt: skip


def draw_sky(canvas: Canvas, air: Atmosphere, rng: Random, horizon: float) -> None:
    """Paint the sky down to ``horizon`` (in pixels) with what hangs in it."""
    canvas.gradient(0, horizon, air.upper, air.lower)
    if air.time == "night" and air.weather == "clear":
        _stars(canvas, rng, horizon)
    if air.weather in {"sunny", "clear"}:
        _sun_or_moon(canvas, air, rng, horizon)
    heavy = air.weather in {"cloudy", "rain", "snow"}
    if air.weather != "fog":
        for _ in range(rng.randint(5, 7) if heavy else rng.randint(1, 3)):
            _cloud(canvas, air, rng, horizon)


def _stars(canvas: Canvas, rng: Random, horizon: float) -> None:
    for _ in range(70):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, horizon * 0.9)
        size = rng.choice((0.5, 0.7, 1.1)) * canvas.height / 360
        canvas.oval((x - size, y - size, x + size, y + size), (255, 250, 226), 0)


def _sun_or_moon(canvas: Canvas, air: Atmosphere, rng: Random, horizon: float) -> None:
    size = min(canvas.width, canvas.height) * 0.055
    x = canvas.width * rng.choice((rng.uniform(0.1, 0.3), rng.uniform(0.7, 0.9)))
    low = {"day": 0.2, "night": 0.24, "sunset": 0.82, "dawn": 0.85}[air.time]
    y = max(horizon * low, size * 1.4)
    colour: RGB = {
        "day": (255, 236, 150), "night": (250, 246, 222), "sunset": (255, 226, 140),
        "dawn": (255, 240, 214),
    }[air.time]  # fmt: skip
    reach = 3.6 if air.time in {"day", "night"} else 6.5
    canvas.glow((x, y), size * reach, colour, 0.8)
    canvas.oval((x - size, y - size, x + size, y + size), colour, 0)
    if air.time == "night":
        for shift, at, part in ((-0.3, -0.2, 0.22), (0.3, 0.3, 0.16), (0.2, -0.4, 0.12)):
            centre_x, centre_y, radius = x + shift * size, y + at * size, part * size
            corners = (centre_x - radius, centre_y - radius, centre_x + radius, centre_y + radius)
            canvas.oval(corners, (226, 222, 200), 0)


def _cloud(canvas: Canvas, air: Atmosphere, rng: Random, horizon: float) -> None:
    wide = canvas.width * rng.uniform(0.09, 0.17)
    pen = Pen(canvas, rng.uniform(0, canvas.width), horizon * rng.uniform(0.1, 0.62), wide)
    shadow = mix(air.clouds, air.upper, 0.2)
    flat = rng.uniform(0.8, 1.0)
    for x, y, size in (
        (-0.5, 0.16, 0.2),
        (0.5, 0.15, 0.19),
        (-0.16, 0.28, 0.3),
        (0.22, 0.25, 0.25),
    ):
        pen.oval(x, y * flat, size, size * flat, mix(air.clouds, shadow, 0.3))
    pen.box(-0.7, 0, 0.7, 0.26, mix(air.clouds, shadow, 0.3), 0.12)
    for x, y, size in (
        (-0.47, 0.19, 0.16),
        (-0.18, 0.33, 0.24),
        (0.2, 0.29, 0.2),
        (0.46, 0.18, 0.15),
    ):
        pen.oval(x, y * flat, size, size * flat, air.clouds)


def draw_weather(canvas: Canvas, air: Atmosphere, rng: Random) -> None:
    """Lay over the finished scene what falls or drifts: rain, snowflakes, mist."""
    if air.weather == "rain":
        _rain(canvas, rng)
    elif air.weather == "snow":
        _snow(canvas, rng)
    elif air.weather == "fog":
        canvas.veil(canvas.height * 0.25, canvas.height * 0.62, (224, 229, 231), 0.08, 0.34)
        canvas.veil(canvas.height * 0.62, canvas.height, (224, 229, 231), 0.34, 0.0)


def _rain(canvas: Canvas, rng: Random) -> None:
    long, thin = canvas.height * 0.055, canvas.height * 0.0016
    for _ in range(170):
        x, y = rng.uniform(-10, canvas.width), rng.uniform(-10, canvas.height)
        drop = [(x, y), (x + thin * 2, y), (x - long * 0.25, y + long)]
        canvas.polygon(drop, (226, 236, 246), 0, 0.62)


def _snow(canvas: Canvas, rng: Random) -> None:
    for _ in range(130):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        size = rng.uniform(0.0025, 0.0065) * canvas.height
        canvas.oval((x - size, y - size, x + size, y + size), (255, 255, 255), 0, 0.9)
