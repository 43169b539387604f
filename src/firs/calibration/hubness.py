"""Hubness correction: some images are near every query and rank high without being relevant.

Nearest Neighbor Normalization (Chowdhury et al., "Nearest Neighbor Normalization improves
multimodal retrieval", EMNLP 2024) subtracts a bias from the scores of each image:

    b_i = w · mean of the k greatest cosines of image i to a bank of reference texts

An image's own captions are excluded from its bias: their similarity is not hubness, and an image
must not rank lower for having captions. The mean of all biases is added to all scores, so that
their overall level does not change.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.calibration.calibration import Calibration, KnownTexts
from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Scores
from firs.search.matrix import PopulationSample, population_scores, product

K = 128
WEIGHT = 0.5

_ROWS = 4_096
_NOBODY = -1

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Hubness:
    """Bias of each image's text scores.

    Args:
        biases: float32 ``(n,)``, by position.
        mark: identifies this measurement.
        calibration: meaning of the corrected scores, if fitted.
        texts: the bank, if its texts describe images of the collection.
        whole: what the images represent, if they are a sample.
    """

    biases: Scores
    mark: str = ""
    calibration: Calibration | None = None
    texts: KnownTexts | None = None
    whole: PopulationSample | None = None

    def familiar(self, query: NDArray[np.float32]) -> float | None:
        """Return the similarity of a text ``(dim,)`` to the bank; None without captions."""
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
    """Return the hubness bias of each image, independent of the other images: float32 ``(n,)``.

    Args:
        images: float16 or float32 ``(n, dim)``.
        bank: float32 ``(m, dim)``, the reference texts.
        owners: int64 ``(m,)``, position of the image of each text, -1 for none.
        k: number of nearest texts per image; all if there are fewer.
        weight: w, the share to subtract.

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
    """Return the mean cosine to the k nearest texts of other images; 0 if there are none."""
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
