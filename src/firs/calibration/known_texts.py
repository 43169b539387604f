"""Distance of a text to the known texts of a collection.

A Mahalanobis distance, as used to detect inputs outside a class (Lee et al., "A simple unified
framework for detecting out-of-distribution samples and adversarial attacks", NeurIPS 2018):

    d(t)² = (t - m)ᵀ (C + λ·v·I)⁻¹ (t - m)    m, C: mean and covariance of the texts
                                              v: their mean variance of one dimension

Directions with little variance among the texts count most: a word that occurs in none of them moves
a sentence along such directions, however similar the rest of it is.
"""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.index.base import EntryVectors

SHRINKAGE = 0.003
"""λ above, chosen on captions."""

_NOTHING = 1e-12


class KnownTexts:
    """Texts that describe the images of a collection.

    Args:
        vectors: float16 or float32 ``(m, dim)``, with m of 1 or more.
    """

    def __init__(self, vectors: EntryVectors) -> None:
        self._vectors = vectors

    def near(self, texts: Vectors) -> NDArray[np.float64]:
        """How near texts ``(t, dim)`` come to these: less their distance, float64 ``(t,)``."""
        middle, inverse = self._shape
        away = texts - middle
        squares = ((away @ inverse) * away).sum(axis=1)
        near: NDArray[np.float64] = -np.sqrt(np.maximum(squares, 0))
        return near

    @cached_property
    def _shape(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """m, and the inverse above."""
        vectors = self._vectors.astype(np.float64)
        middle = vectors.mean(axis=0)
        away = vectors - middle
        covariance = away.T @ away / len(away)
        ridge = max(SHRINKAGE * float(covariance.diagonal().mean()), _NOTHING)
        return middle, np.linalg.inv(covariance + ridge * np.eye(len(covariance)))
