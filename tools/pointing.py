"""Whether maps mark the named object: the pointing game and the overlap, on scenes with masks.

Pointing game: Zhang et al., "Top-down neural attention by excitation backprop", ECCV 2016,
section 4.1, without its tolerance of 15 pixels: the map's peak is on the named object, or not.
Overlap: intersection over union of the object's mask and the map above a threshold.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.explanation.heatmaps import Map
from firs.samples import Scene

THRESHOLD = 0.7
"""The least value that counts as marked; chosen on 120 scenes that are not among the samples."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class NameableThing:
    """A phrase, its picture, and a bool ``(height, width)`` mask of where the object is visible."""

    phrase: str
    picture: Image.Image
    mask: Mask


@dataclass(frozen=True, slots=True)
class PointingResult:
    """Shares over all named objects, in per cent."""

    hits: float
    overlap: float


def nameable_things(scenes: Iterable[Scene]) -> Iterator[NameableThing]:
    """List every phrase of some scenes with its mask; objects of one phrase share one mask."""
    for scene in scenes:
        yield from (
            NameableThing(phrase, scene.image, _mask(scene, phrase))
            for phrase in dict.fromkeys(each.phrase for each in scene.objects)
        )


def pointing_accuracy(maps: Sequence[Map], named: Sequence[NameableThing]) -> PointingResult:
    """Return the share of peaks on the named object, and the mean overlap."""
    pairs = list(zip(maps, named, strict=True))
    hits = [hit(map_, each.mask) for map_, each in pairs]
    overlaps = [overlap(map_ >= THRESHOLD, each.mask) for map_, each in pairs]
    return PointingResult(100 * float(np.mean(hits)), 100 * float(np.mean(overlaps)))


def hit(map_: Map, mask: Mask) -> bool:
    """Return whether the map's peak is in the mask."""
    return bool(mask.ravel()[np.argmax(map_)])


def overlap(marked: Mask, mask: Mask) -> float:
    """Return the intersection over union, from 0 to 1."""
    union = np.count_nonzero(marked | mask)
    return float(np.count_nonzero(marked & mask) / union) if union else 0.0


def centre_prior(height: int, width: int) -> Map:
    """Return a map that always marks the centre."""
    down, right = np.linspace(-1, 1, height), np.linspace(-1, 1, width)
    return np.asarray(np.exp(-(down[:, np.newaxis] ** 2) - right**2), dtype=np.float32)


def random_map(height: int, width: int, random: np.random.Generator) -> Map:
    """Return a random map, as coarse and as smooth as those of methods with cells."""
    cells = Image.fromarray(random.random((10, 10), dtype=np.float32))
    smooth = np.asarray(cells.resize((width, height), Image.Resampling.BILINEAR))
    return np.asarray(np.clip(smooth / smooth.max(), 0, 1), dtype=np.float32)


def _mask(scene: Scene, phrase: str) -> Mask:
    masks = [each.mask for each in scene.objects if each.phrase == phrase]
    return np.asarray(np.any(masks, axis=0), dtype=np.bool_)
