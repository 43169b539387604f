"""Colours: the names that captions use, and the arithmetic of light and shade."""

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

NAMED: dict[str, tuple[RGB, ...]] = {
    "red": ((208, 54, 48), (194, 42, 54), (220, 66, 54)),
    "orange": ((238, 132, 44), (230, 118, 34)),
    "yellow": ((248, 208, 66), (243, 196, 48)),
    "green": ((66, 150, 82), (52, 136, 92), (88, 160, 66)),
    "blue": ((52, 110, 196), (40, 92, 180), (66, 130, 210)),
    "purple": ((126, 78, 170), (144, 86, 178)),
    "pink": ((242, 146, 178), (234, 124, 164)),
    "brown": ((136, 88, 54), (150, 98, 58), (120, 74, 46)),
    "black": ((46, 46, 54), (38, 40, 48)),
    "white": ((248, 246, 240), (240, 242, 246)),
    "gray": ((142, 148, 156), (126, 132, 142)),
    "tan": ((214, 180, 132), (206, 170, 122)),
}

BRIGHT = ("red", "orange", "yellow", "green", "blue", "purple", "pink")
CLOTHES = (*BRIGHT, "black", "white", "brown", "gray")
FURS = ("brown", "black", "white", "gray", "tan")
PAINTS = ("red", "yellow", "green", "blue", "white", "black", "orange", "gray")

SKINS: tuple[RGB, ...] = (
    (250, 214, 186),
    (240, 194, 158),
    (214, 160, 118),
    (166, 114, 78),
    (118, 78, 54),
)
HAIRS: tuple[RGB, ...] = ((60, 42, 34), (34, 30, 32), (118, 74, 42), (206, 156, 84), (164, 82, 44))


def pick_rgb(rng: Random, name: str) -> RGB:
    """One of the shades that bear ``name``."""
    return rng.choice(NAMED[name])


def mix(one: RGB, other: RGB, share: float) -> RGB:
    """``one`` with ``share`` (0…1) of ``other`` in it."""
    return (
        round(one[0] + (other[0] - one[0]) * share),
        round(one[1] + (other[1] - one[1]) * share),
        round(one[2] + (other[2] - one[2]) * share),
    )


def shade(colour: RGB, amount: float) -> RGB:
    """Lighter for ``amount`` above 0 (towards cream), darker below (towards a bluish black)."""
    return mix(colour, (255, 250, 240) if amount > 0 else (24, 22, 48), abs(amount))


@dataclass(frozen=True)
class Light:
    """What the hour and the weather do to every colour: a tint, then a veil of haze."""

    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    haze: RGB = (255, 255, 255)
    veil: float = 0.0

    def on(self, colour: RGB) -> RGB:
        """``colour`` as it looks in this light."""
        return _lit(self, colour)


@lru_cache(maxsize=4096)
def _lit(light: Light, colour: RGB) -> RGB:
    tinted = (
        min(255, round(colour[0] * light.tint[0])),
        min(255, round(colour[1] * light.tint[1])),
        min(255, round(colour[2] * light.tint[2])),
    )
    return mix(tinted, light.haze, light.veil)


PLAIN = Light()
