"""Views: random crops of pictures, as recipes (rows of numbers)."""

import numpy as np
from PIL import Image

ViewRow = np.dtype(
    [
        ("photo", np.int32),
        ("box", np.float32, 4),  # left, top, right, bottom in the unit square
        ("flip", np.bool_),
    ]
)
MIN_AREA = 0.35
MAX_STRETCH = 4 / 3


def draw_views(photos: int, each: int, seed: int) -> np.ndarray:
    """Return ``each`` views of every photo: first all whole photos, then random crops."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(photos * each, ViewRow)
    rows["photo"] = np.tile(np.arange(photos), each)
    rows["box"] = (0, 0, 1, 1)
    crops = len(rows) - photos
    rows["flip"][photos:] = rng.random(crops) < 0.5
    area = rng.uniform(MIN_AREA, 1, crops)
    stretch = np.exp(rng.uniform(-1, 1, crops) * np.log(MAX_STRETCH))
    width = np.minimum(np.sqrt(area * stretch), 1)
    height = np.minimum(np.sqrt(area / stretch), 1)
    left, top = rng.random(crops) * (1 - width), rng.random(crops) * (1 - height)
    rows["box"][photos:] = np.stack([left, top, left + width, top + height], axis=1)
    return rows


def render(row: np.void, pixels: np.ndarray) -> np.ndarray:
    """Return the pixels of a view.

    Args:
        row: a row of ``draw_views``.
        pixels: uint8 ``(photos, side, side, 3)``.

    Returns:
        uint8 ``(side, side, 3)``.
    """
    side = pixels.shape[1]
    photo = Image.fromarray(pixels[row["photo"]])
    crop = photo.resize((side, side), Image.Resampling.BILINEAR, box=tuple(row["box"] * side))
    array = np.asarray(crop)
    return np.ascontiguousarray(array[:, ::-1]) if row["flip"] else array
