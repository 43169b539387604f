"""Captions as entries on one scale: an image scores as its best entry, picture or caption.

The naive version, as in the QT-FIRS paper. Texts are nearer to texts than to images, so images with
captions push the others down.
"""

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError


class BestEntry:
    """Assignment of entries to images.

    Args:
        owners: int64 ``(entries,)``: column of the image of each entry.
        images: number of images; each must have an entry.

    Raises:
        InputError: an image has no entry.
    """

    def __init__(self, owners: NDArray[np.int64], images: int) -> None:
        counts = np.bincount(owners, minlength=images)
        if len(counts) != images or not counts.all():
            raise InputError(
                f"Each of {images} images needs an entry of its own; add the images' vectors."
            )
        self._order = np.argsort(owners, kind="stable")
        self._starts = np.cumsum(counts) - counts

    def scores(self, entries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of entries float32 ``(q, entries)`` → of images ``(q, images)``."""
        return np.maximum.reduceat(entries[:, self._order], self._starts, axis=1)
