"""Maps of pictures, and pictures as they are shown."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.pictures import to_rgb

Map: TypeAlias = NDArray[np.float32]
"""float32 ``(height, width)`` in 0 to 1: how much each pixel of the picture speaks for the text."""

Cells: TypeAlias = NDArray[np.float32]
"""float32 ``(rows, cols)``: what each cell of the picture adds to a score."""

LARGEST = 1024
"""Pixels that the longer side of a picture has at most as it is shown."""

_ROUGH = 3


def prepare_picture(picture: Image.Image, largest: int = LARGEST) -> Image.Image:
    """The picture as it is shown: RGB, upright, its longer side at most ``largest`` pixels."""
    upright = to_rgb(picture)
    longest = max(upright.size)
    if longest <= largest:
        return upright
    size = (_scale(upright.width, longest, largest), _scale(upright.height, longest, largest))
    return upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=_ROUGH)


def _scale(side: int, longest: int, largest: int) -> int:
    return max(1, round(side * largest / longest))


def brightest(values: Map) -> Map:
    """A map scaled so that its highest value is 1; what is below 0 becomes 0."""
    above = np.maximum(values, 0)
    highest = above.max(initial=0)
    return np.asarray(above / highest if highest > 0 else above, dtype=np.float32)
