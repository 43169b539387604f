"""Hubness: some images are near every query, and come up where they are not meant.

Nearest Neighbor Normalization (Chowdhury et al., "Nearest Neighbor Normalization improves
multimodal retrieval", EMNLP 2024) takes a bias off an image's scores:

    b_i = w · mean of the k greatest cosines of image i to a bank of reference texts

An image's own captions are left out of its bias: that they are near it is no hubness, and an
image with captions must not stand lower for having them. The mean of all biases is added to all
scores, so that they stay what they were on the whole.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.calibration.calibration import Calibration
from firs.calibration.known_texts import KnownTexts
from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Scores
from firs.search.product import product
from firs.search.whole import PopulationSample, population_scores

K = 128
WEIGHT = 0.5

_ROWS = 4_096
_NOBODY = -1

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hubness:
    """What is taken off the score that each image has for a text.

    Args:
        biases: float32 ``(n,)``, by place.
        mark: tells it from any other, such as one of the same collection from another day.
        calibration: what the scores mean when that is done, where it was fitted.
        texts: the bank, where it tells of the images here.
        whole: what the images here tell of all, where they are not all.
    """

    biases: Scores
    mark: str = ""
    calibration: Calibration | None = None
    texts: KnownTexts | None = None
    whole: PopulationSample | None = None

    def familiar(self, query: NDArray[np.float32]) -> float | None:
        """How near a text ``(dim,)`` comes to those of the bank, if they tell of the images."""
        return None if self.texts is None else float(self.texts.near(query[np.newaxis])[0])

    def of(self, scores: Scores) -> Scores:
        """The scores of all images, float32 ``(n,)`` or ``(q, n)``, less their biases."""
        less: Scores = scores - (self.biases - population_scores(self.biases, self.whole).mean())
        return less


def biases(
    images: EntryVectors,
    bank: Vectors,
    owners: Places | None = None,
    *,
    k: int = K,
    weight: float = WEIGHT,
) -> Scores:
    """How much of a hub each image is, whatever others there are: float32 ``(n,)``.

    Args:
        images: float16 or float32 ``(n, dim)``.
        bank: float32 ``(m, dim)``, the reference texts.
        owners: int64 ``(m,)``, the place of the image that each tells of, -1 for none.
        k: how many of them count for an image; all where there are no more.
        weight: how much is taken off.

    Raises:
        InputError: the bank is empty, or ``k`` is below 1.
    """
    if not len(bank) or k < 1:
        raise InputError(f"A bank has 1 text or more and k is 1 or more, not {len(bank)} and {k}.")
    told_of = np.full(len(bank), _NOBODY) if owners is None else owners
    near = [
        _near(images[at : at + _ROWS], bank, told_of - at, k) for at in range(0, len(images), _ROWS)
    ]
    found: Scores = np.concatenate([*near, np.empty(0, np.float32)])
    return (weight * found).astype(np.float32)


def _near(images: EntryVectors, bank: Vectors, owners: Places, k: int) -> Scores:
    """The mean cosine to the k nearest texts that tell of another image; 0 where there are none."""
    cosines = product(images, bank)
    own = np.flatnonzero((owners >= 0) & (owners < len(images)))
    cosines[owners[own], own] = -np.inf
    count = min(k, cosines.shape[1])
    cosines.partition(cosines.shape[1] - count, axis=1)
    best = cosines[:, -count:]
    there = np.isfinite(best)
    total = np.where(there, best, 0).sum(axis=1)
    mean: Scores = (total / np.maximum(there.sum(axis=1), 1)).astype(np.float32)
    return mean
