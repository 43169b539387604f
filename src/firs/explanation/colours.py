"""A colour map that people with any colour vision read alike, as in ``cividis``.

From dark blue over grey to yellow, even steps in OKLab (Ottosson, 2020) between three anchors, so
that lightness rises evenly and order is told by it alone; blue and yellow stay apart without red
or green cones (Nuñez, Anderton and Renslow, "Optimizing colormaps with consideration for color
vision deficiency", PLOS ONE 2018).
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from firs.explanation.maps import Map

STEPS = 256

_ANCHORS = ((0.0, 0.13, 0.30), (0.49, 0.48, 0.47), (1.0, 0.91, 0.25))
"""sRGB, in 0 to 1."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def apply_colour_map(values: Map) -> NDArray[np.uint8]:
    """Values in 0 to 1, of any shape → uint8 ``(..., 3)``, sRGB."""
    steps = np.rint(np.clip(values, 0, 1) * (STEPS - 1)).astype(np.intp)
    found: NDArray[np.uint8] = colour_map()[steps]
    return found


@cache
def colour_map() -> NDArray[np.uint8]:
    """All colours, from 0 to 1: uint8 ``(256, 3)``, sRGB."""
    anchors = _to_lab(np.array(_ANCHORS))
    at, known = np.linspace(0, 1, STEPS), _places(anchors[:, 0])
    lab = np.stack([np.interp(at, known, anchors[:, axis]) for axis in range(3)], axis=1)
    return np.rint(255 * np.clip(_from_lab(lab), 0, 1)).astype(np.uint8)


def _places(lightness: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the anchors stand in 0 to 1, so that lightness rises evenly."""
    return np.asarray((lightness - lightness[0]) / (lightness[-1] - lightness[0]), np.float64)


def _to_lab(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, dtype=np.float64)


def _from_lab(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
