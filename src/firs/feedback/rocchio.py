"""Rocchio: move the query towards what was marked relevant, away from what was not.

Rocchio, "Relevance feedback in information retrieval", in Salton (ed.), The SMART Retrieval
System, 1971: q' = α·q + β·mean(relevant) − γ·mean(not relevant), here with its length made 1.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError


@dataclass(frozen=True, slots=True)
class Rocchio:
    """The three weights; the usual ones are α=1, β=0.75, γ=0.15.

    Raises:
        InputError: a weight is negative or not finite, or all are 0.

    >>> east, north = np.eye(2, dtype=np.float32)
    >>> Rocchio(1, 1, 0).moved(east[None], north[None, None], np.empty((1, 0, 2), np.float32))
    array([[0.70710677, 0.70710677]], dtype=float32)
    """

    alpha: float = 1.0
    beta: float = 0.75
    gamma: float = 0.15

    def __post_init__(self) -> None:
        weights = np.array([self.alpha, self.beta, self.gamma], dtype=np.float64)
        if not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights):
            raise InputError(
                f"Rocchio's weights are 0 or more and not all 0, "
                f"not α={self.alpha}, β={self.beta}, γ={self.gamma}."
            )

    def moved(
        self,
        queries: Vectors,
        positives: NDArray[np.float32],
        negatives: NDArray[np.float32],
    ) -> Vectors:
        """The next query of each query.

        Args:
            queries: float32 ``(q, dim)``.
            positives: float32 ``(q, p, dim)``, what each was told is relevant; ``p`` may be 0.
            negatives: float32 ``(q, m, dim)``, what each was told is not; ``m`` may be 0.

        Returns:
            float32 ``(q, dim)``, rows of length 1. Where the terms cancel out to nothing the
            query stays as it was.
        """
        moved = self.alpha * queries + self.beta * _mean(positives) - self.gamma * _mean(negatives)
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        gone = lengths[:, 0] < _NOTHING
        moved[gone], lengths[gone] = queries[gone], 1
        return np.asarray(moved / lengths, dtype=np.float32)


_NOTHING = 1e-6


def _mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    if vectors.shape[1] == 0:
        return np.zeros((vectors.shape[0], vectors.shape[2]), dtype=np.float32)
    return np.asarray(vectors.mean(axis=1), dtype=np.float32)
