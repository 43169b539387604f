"""Pseudo feedback: without marks, the best images count as relevant and the worst as irrelevant.

As in the QT-FIRS paper, after Croft and Harper, "Using probabilistic models of document retrieval
without relevance information", Journal of Documentation 35, 1979: the best P images of a ranking
are positive and its worst P are negative. Each round starts from the query of the previous round.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.feedback.base import CentredEmbeddings, FeedbackInput, FeedbackResult, best
from firs.feedback.rocchio import Rocchio


@dataclass(frozen=True, slots=True)
class Pseudo:
    """The paper's own way, to the letter.

    Args:
        p: P, how many are taken for right, and as many for wrong.
        alpha: what the query keeps.
        beta: the pull of the best.
        gamma: the push of the worst.
        strength: multiplies ``beta`` and ``gamma``.

    Raises:
        InputError: ``p`` is below 1, or Rocchio cannot have these weights.
    """

    p: int = 3
    alpha: float = 1.0
    beta: float = 0.75
    gamma: float = 0.15
    strength: float = 1.0
    reads_marks: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.p < 1:
            raise InputError(f"Pseudo feedback takes 1 image or more of either end, not {self.p}.")
        self._rocchio()

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """How near every image is to the query, moved by both ends of the last ranking.

        Raises:
            InputError: there are not twice as many images.
        """
        last = feedback.previous
        query = feedback.query if last.query_vector is None else last.query_vector
        right, wrong = (ends[0] for ends in extremes(last.scores[np.newaxis], self.p))
        vector = self._rocchio().move(
            query[np.newaxis], images.rows(right)[np.newaxis], images.rows(wrong)[np.newaxis]
        )
        summary = f"the best {self.p} counted as ticks and the worst {self.p} as crosses"
        return FeedbackResult(images.table.scores(vector)[:, 0], summary, vector[0])

    def _rocchio(self) -> Rocchio:
        return Rocchio(self.alpha, self.beta, self.gamma, strength=self.strength)


def extremes(
    scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best and the worst of each ranking.

    Of equal scores the one in the earlier column ranks higher, as in every ranking.

    Args:
        scores: float32 ``(q, n)``, of all ``n`` images for each query.
        count: P, how many of either.

    Returns:
        Columns int64 ``(q, count)`` of the best, best first, and of the worst, worst first.

    Raises:
        InputError: ``count`` is below 1, or there are not twice as many images.
    """
    if not 1 <= count <= scores.shape[1] // 2:
        raise InputError(
            f"Pseudo feedback takes the best and the worst P of {scores.shape[1]} images; "
            f"P must be from 1 to {scores.shape[1] // 2}, not {count}."
        )
    backwards = scores.shape[1] - 1 - best(-scores[:, ::-1], count)
    return best(scores, count), backwards


@dataclass(frozen=True, slots=True)
class Softmax:
    """A softmax-weighted centroid of the best.

    Args:
        k: K, how many of the last ranking's best are looked at.
        beta: the pull of their centroid.
        temperature: τ, in standard deviations of the ranking's scores.
        strength: multiplies ``beta``.

    Raises:
        InputError: ``k`` is below 1, ``beta`` or ``strength`` negative, or ``temperature`` not
            above 0.
    """

    k: int = 10
    beta: float = 0.1
    temperature: float = 0.5
    strength: float = 1.0
    reads_marks: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.k < 1 or min(self.beta, self.strength) < 0 or not self.temperature > 0:
            raise InputError(
                f"Softmax feedback takes K from 1, β and strength from 0 and a temperature above "
                f"0, not {self.k}, {self.beta}, {self.strength}, {self.temperature}."
            )

    def rerank(self, feedback: FeedbackInput, images: CentredEmbeddings) -> FeedbackResult:
        """How near every image is to the query, pulled towards the best of the last ranking."""
        last = images.standardise(feedback.previous.scores)
        top = best(last[np.newaxis], min(self.k, len(last)))[0]
        weights = np.exp((last[top] - last[top[0]]) / np.float32(self.temperature))
        centroid = (weights / weights.sum()) @ images.directions(top)
        pull = images.likeness(centroid[np.newaxis])[:, 0]
        scores = (
            images.standardise(feedback.query_scores) + np.float32(self.strength * self.beta) * pull
        )
        return FeedbackResult(scores, f"the best {len(top)} pulled the query towards them")
