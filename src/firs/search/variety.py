"""A varied first page: maximal marginal relevance.

Carbonell and Goldstein, "The use of MMR, diversity-based reranking for reordering documents and
producing summaries", SIGIR 1998. The next image is the one with the highest

    λ · relevance(d) − (1 − λ) · max over the images d' already shown of similarity(d, d')

Relevance and similarity are each brought to 0…1 over what is reordered: scores of words and of
pictures have different scales.
"""

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.ranking import Ranking
from firs.search.table import EmbeddingMatrix

MMR_LAMBDA = 0.7
"""Default λ of maximal marginal relevance."""

FIRST = 100
"""Default number of images to reorder."""


def diversify(
    ranking: Ranking, table: EmbeddingMatrix, *, relevance: float = MMR_LAMBDA, first: int = FIRST
) -> Ranking:
    """Reorder the first images so that each differs from those before it.

    Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998).

    Args:
        ranking: the search results.
        table: embeddings of the results; an image without one is similar to no other.
        relevance: λ, from 0 (diversity only) to 1 (unchanged order).
        first: number of images to reorder; the rest keeps its order.

    Raises:
        InputError: ``relevance`` is not from 0 to 1, or ``first`` is below 1.
    """
    if not 0 <= relevance <= 1:
        raise InputError(f"The share of relevance is from 0 to 1, not {relevance}.")
    if first < 1:
        raise InputError(f"1 image or more can be reordered, not {first}.")
    head, tail = ranking[:first], ranking[first:]
    vectors = table.rows_or_zeros(head.ids)
    order, scores = _marginal(
        _from_0_to_1(head.scores), _from_0_to_1(vectors @ vectors.T), relevance
    )
    return head.only(order, scores).append(tail)


def _marginal(
    relevance: NDArray[np.float32], similarity: NDArray[np.float32], share: float
) -> tuple[list[int], list[float]]:
    """Places in the order in which they are taken, and what each was worth then."""
    order, worth = [], []
    likest = np.zeros(len(relevance), dtype=np.float32)
    left = np.ones(len(relevance), dtype=bool)
    for _ in range(len(relevance)):
        marginal = np.where(left, share * relevance - (1 - share) * likest, -np.inf)
        best = int(np.argmax(marginal))
        order.append(best)
        worth.append(float(marginal[best]))
        left[best] = False
        likest = np.maximum(likest, similarity[best])
    return order, worth


def _from_0_to_1(values: NDArray[np.float32]) -> NDArray[np.float32]:
    reach = np.ptp(values) if values.size else 0
    return (values - values.min()) / reach if reach > 0 else np.zeros_like(values)
