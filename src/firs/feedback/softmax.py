"""Pseudo feedback with soft weights: the best K images count by how clearly they are ranked first.

    q' = q/σ_q + β · Σ_{i ≤ K} w_i · û_i / σ,    w_i = exp(z_i / τ) / Σ_j exp(z_j / τ)

The relevance model of Lavrenko and Croft, "Relevance-based language models", SIGIR 2001, carried
over to vectors: each image is weighted by its likelihood under the query, while Rocchio counts the
best P equally and the next not at all. There are no negatives: the worst images of a ranking carry
no information about the best.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from firs.errors import InputError
from firs.feedback.base import FeedbackInput, FeedbackResult
from firs.feedback.field import CentredEmbeddings
from firs.feedback.pseudo import best


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
