"""Maps to look at: over their pictures, and as an outline."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.colours import apply_colour_map
from firs.explanation.maps import Map

STRENGTH = 0.75
"""How much of the picture is covered where its map is 1."""

OUTLINED = 0.7
"""From which value on a map is outlined."""

_EDGE, _AROUND = (255, 232, 64), (0, 33, 77)


def layer(map_: Map) -> Image.Image:
    """A map as a layer to lay over its picture: RGBA, clear where it is 0."""
    clear = np.rint(255 * np.clip(map_, 0, 1)).astype(np.uint8)
    return Image.fromarray(np.dstack([apply_colour_map(map_), clear]), "RGBA")


def overlaid(picture: Image.Image, map_: Map, strength: float = STRENGTH) -> Image.Image:
    """A picture with its map, of its size, over it."""
    over = layer(map_)
    covered = over.getchannel("A").point(lambda value: round(strength * value))
    return Image.composite(over.convert("RGB"), picture, covered)


def draw_outline(picture: Image.Image, map_: Map, level: float = OUTLINED) -> Image.Image:
    """A picture with a line, light on dark, around what its map marks."""
    drawn = picture.copy()
    wide = max(1, round(max(picture.size) / 300))
    marked = map_ >= level
    for reach, colour in ((2 * wide, _AROUND), (wide, _EDGE)):
        line = _dilate(marked, reach) & ~_dilate(marked, reach - 2 * wide)
        drawn.paste(colour, mask=Image.fromarray(line.astype(np.uint8) * 255))
    return drawn


def _dilate(marked: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    """What is marked, and so many pixels around it; with a reach below 0, so many less."""
    if reach < 0:
        return ~_dilate(~marked, -reach)
    grown = marked
    for axis in (0, 1):
        grown = np.any([_slid(grown, by, axis) for by in range(-reach, reach + 1)], axis=0)
    return np.asarray(grown, dtype=np.bool_)


def _slid(marked: NDArray[np.bool_], by: int, axis: int) -> NDArray[np.bool_]:
    length = marked.shape[axis]
    places = np.clip(np.arange(length) - by, 0, length - 1)
    return np.take(marked, places, axis=axis)
