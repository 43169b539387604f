"""Views: the random crops and mixes of photos that are the inputs of teacher and student.

A view is a recipe (a row of numbers), not pixels, so the teacher can get it at 224 pixels
and the student at any other size, and both get exactly the same picture.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

ViewRow = np.dtype(
    [
        ("photo", np.int32),
        ("box", np.float32, 4),  # left, top, right, bottom in the unit square
        ("flip", np.bool_),
        ("other", np.int32),  # second photo of a mix, or -1
        ("other_box", np.float32, 4),
        ("other_flip", np.bool_),
        ("paste", np.float32, 4),  # location of the second photo, in the unit square
    ]
)


@dataclass(frozen=True)
class ViewOptions:
    """What varies between views of one photo."""

    min_area: float = 0.25
    max_stretch: float = 4 / 3
    mix_share: float = 0.25


def whole_views(photos: int) -> np.ndarray:
    """Return one unchanged view per photo, in order."""
    rows = np.zeros(photos, ViewRow)
    rows["photo"] = np.arange(photos)
    rows["box"] = (0, 0, 1, 1)
    rows["other"] = -1
    return rows


def draw_views(photos: int, each: int, seed: int, options: ViewOptions | None = None) -> np.ndarray:
    """Return ``each`` random views of every photo; the first of each photo is the whole photo."""
    options = options or ViewOptions()
    rng = np.random.default_rng(seed)
    rows = np.concatenate([whole_views(photos) for _ in range(each)])
    varied = slice(photos, None)
    count = len(rows) - photos
    rows["flip"] = rng.random(len(rows)) < 0.5
    rows["box"][varied] = _draw_boxes(rng, count, options)
    mixed = rng.random(len(rows)) < options.mix_share
    mixed[:photos] = False
    rows["other"][mixed] = rng.integers(0, photos, mixed.sum())
    rows["other_box"] = _draw_boxes(rng, len(rows), options)
    rows["other_flip"] = rng.random(len(rows)) < 0.5
    rows["paste"] = _draw_boxes(rng, len(rows), ViewOptions(min_area=0.2, max_stretch=2.0))
    return rows


def _draw_boxes(rng: np.random.Generator, count: int, options: ViewOptions) -> np.ndarray:
    area = rng.uniform(options.min_area, 1, count)
    stretch = np.exp(rng.uniform(-1, 1, count) * np.log(options.max_stretch))
    width = np.minimum(np.sqrt(area * stretch), 1)
    height = np.minimum(np.sqrt(area / stretch), 1)
    left = rng.random(count) * (1 - width)
    top = rng.random(count) * (1 - height)
    return np.stack([left, top, left + width, top + height], axis=1).astype(np.float32)


def render(row: np.void, pixels: np.ndarray, size: int) -> np.ndarray:
    """Return the pixels of one view.

    ``pixels`` is uint8 ``(photos, height, width, 3)``; returns uint8 ``(size, size, 3)``.
    """
    picture = _crop(pixels[row["photo"]], row["box"], bool(row["flip"]), (size, size))
    if row["other"] < 0:
        return picture
    left, top, right, bottom = (row["paste"] * size).round().astype(int)
    width, height = max(right - left, 1), max(bottom - top, 1)
    patch = _crop(pixels[row["other"]], row["other_box"], bool(row["other_flip"]), (width, height))
    picture[top : top + height, left : left + width] = patch[: size - top, : size - left]
    return picture


def _crop(photo: np.ndarray, box: np.ndarray, flip: bool, size: tuple[int, int]) -> np.ndarray:
    height, width = photo.shape[:2]
    scale = np.array([width, height, width, height], np.float32)
    picture = Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR, box=tuple(box * scale))
    array = np.array(picture)
    return np.ascontiguousarray(array[:, ::-1]) if flip else array
