"""Rocchio feedback: move the query towards relevant images, away from irrelevant ones.

Rocchio, "Relevance feedback in information retrieval", in Salton (ed.), The SMART Retrieval System,
1971:

    q' = α·q + β·mean(relevant) − γ·mean(irrelevant),   then normalised to unit length

For a text query and image examples this is not enough: each modality occupies a cone of its own,
and the images' cone dominates. So by default everything is ``centred``, as in early fusion (see
``firs.search.strategies``): the query is scaled by the spread of its scores, an image is its
direction from the mean image scaled by the spread of theirs.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.feedback.base import (
    CentredEmbeddings,
    FeedbackInput,
    FeedbackResult,
    count_of,
    mean_direction,
)


@dataclass(frozen=True, slots=True)
class Rocchio:
    """The three weights; the usual ones are α=1, β=0.75, γ=0.15.

    Args:
        alpha: what the query keeps.
        beta: the pull of the ticks.
        gamma: the push of the crosses.
        centred: false for the formula to the letter, on the vectors as they are.
        strength: multiplies ``beta`` and ``gamma``.

    Raises:
        InputError: a weight is negative or not finite, or all are 0.

    >>> east, north = np.eye(2, dtype=np.float32)
    >>> Rocchio(1, 1, 0).move(east[None], north[None, None], np.empty((1, 0, 2), np.float32))
    array([[0.70710677, 0.70710677]], dtype=float32)
    """

    alpha: float = 1.0
    beta: float = 0.75
    gamma: float = 0.15
    centred: bool = True
    strength: float = 1.0
    reads_marks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        weights = np.array([self.alpha, self.beta, self.gamma, self.strength], dtype=np.float64)
        if not np.all(np.isfinite(weights)) or np.any(weights < 0) or not np.any(weights[:3]):
            raise InputError(
                f"Rocchio's weights are 0 or more and not all 0, "
                f"not α={self.alpha}, β={self.beta}, γ={self.gamma}, strength={self.strength}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """How near every image is to the moved query."""
        ticks, crosses = feedback.relevant, feedback.irrelevant
        summary = (
            f"the query moved towards {count_of(len(ticks), 'tick')} "
            f"and away from {count_of(len(crosses), 'cross')}"
        )
        if self.centred:
            towards = self.beta * mean_direction(images, ticks)
            away = self.gamma * mean_direction(images, crosses)
            query = self.alpha * images.standardise(feedback.query_scores)
            marks = images.likeness(np.float32(self.strength) * (towards - away))[:, 0]
            return FeedbackResult(query + marks, summary)
        vector = self.move(
            feedback.query[np.newaxis],
            images.rows(ticks)[np.newaxis],
            images.rows(crosses)[np.newaxis],
        )
        return FeedbackResult(images.table.scores(vector)[:, 0], summary, vector[0])

    def move(
        self,
        queries: Vectors,
        positives: NDArray[np.float32],
        negatives: NDArray[np.float32],
    ) -> Vectors:
        """Return the next query of each query by the formula.

        Args:
            queries: float32 ``(q, dim)``.
            positives: float32 ``(q, p, dim)``, relevant images of each query; ``p`` may be 0.
            negatives: float32 ``(q, m, dim)``, irrelevant images of each query; ``m`` may be 0.

        Returns:
            float32 ``(q, dim)``, rows of unit length. A query whose terms cancel out is unchanged.
        """
        beta, gamma = self.strength * self.beta, self.strength * self.gamma
        moved = self.alpha * queries + beta * _mean(positives) - gamma * _mean(negatives)
        lengths = np.linalg.norm(moved, axis=1, keepdims=True)
        gone = lengths[:, 0] < _NOTHING
        moved[gone], lengths[gone] = queries[gone], 1
        return np.asarray(moved / lengths, dtype=np.float32)


_NOTHING = 1e-6


def _mean(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    if vectors.shape[1] == 0:
        return np.zeros((vectors.shape[0], vectors.shape[2]), dtype=np.float32)
    return np.asarray(vectors.mean(axis=1), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """No feedback; ``strength`` changes nothing."""

    strength: float = 1.0
    reads_marks: ClassVar[bool] = False

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """What the query alone gives every image."""
        del images
        return FeedbackResult(feedback.query_scores, "the ranking stays as the query alone has it")
