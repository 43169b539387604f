"""Post-processing of a result page: near-duplicate removal and diversification."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import Ids
from firs.ranking import Hit, Ranking
from firs.search.matrix import EmbeddingMatrix

DUPLICATE_COSINE = 0.95
"""Default minimum cosine of near-duplicates: a photo at half its size scores above it."""


def fold(
    ranking: Ranking,
    table: EmbeddingMatrix,
    *,
    near: float = DUPLICATE_COSINE,
    hashes: Mapping[int, bytes] | None = None,
) -> Ranking:
    """Group each image with the first image before it of which it is a near-duplicate.

    Args:
        ranking: the search results.
        table: embeddings of the results.
        near: minimum cosine of near-duplicates, above 0 and up to 1.
        hashes: content hashes by image id; equal hashes are duplicates whatever the embeddings.

    Returns:
        The best image of each group; ``duplicates`` lists the others with their original ranks. An
        image without an embedding is never a duplicate.

    Raises:
        InputError: ``near`` is out of range.
    """
    if not 0 < near <= 1:
        raise InputError(f"Near-duplicates have a cosine above 0 and up to 1, not {near}.")
    leaders = _leaders(table.rows_or_zeros(ranking.ids), _contents(ranking, hashes or {}), near)
    duplicates: dict[int, tuple[Hit, ...]] = {}
    for hit, leader in zip(ranking, leaders.tolist(), strict=True):
        first = int(ranking.ids[leader])
        joins = () if hit.id == first else (hit,)
        duplicates[first] = duplicates.get(first, ()) + joins
    kept = ranking.only(np.flatnonzero(leaders == np.arange(len(ranking))).tolist())
    return Ranking(
        kept.ids, kept.scores, kept.paths, kept.source, kept.parts, duplicates, kept.confidence
    )


def _contents(ranking: Ranking, hashes: Mapping[int, bytes]) -> NDArray[np.int64]:
    """Return one number per distinct content; an image of unknown content gets a unique one."""
    numbers: dict[bytes | int, int] = {}
    keys = (hashes.get(id_, id_) for id_ in ranking.ids.tolist())
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _leaders(vectors: Vectors, content: NDArray[np.int64], near: float) -> NDArray[np.int64]:
    """Return the position of the group leader of each image; its own if it leads a group."""
    leaders = np.full(len(vectors), -1, dtype=np.int64)
    for at in range(len(vectors)):
        if leaders[at] < 0:
            alike = (content[at:] == content[at]) | (vectors[at:] @ vectors[at] >= near)
            joins = at + np.flatnonzero(alike & (leaders[at:] < 0))
            leaders[joins] = leaders[at] = at  # rounding may leave it unlike itself
    return leaders


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
    """Return the positions in the order of selection, and the marginal relevance of each."""
    order, scores = [], []
    max_similarity = np.zeros(len(relevance), dtype=np.float32)
    is_left = np.ones(len(relevance), dtype=bool)
    for _ in range(len(relevance)):
        marginal = np.where(is_left, share * relevance - (1 - share) * max_similarity, -np.inf)
        best = int(np.argmax(marginal))
        order.append(best)
        scores.append(float(marginal[best]))
        is_left[best] = False
        max_similarity = np.maximum(max_similarity, similarity[best])
    return order, scores


def _from_0_to_1(values: NDArray[np.float32]) -> NDArray[np.float32]:
    reach = np.ptp(values) if values.size else 0
    return (values - values.min()) / reach if reach > 0 else np.zeros_like(values)


_GROWTH = 4
"""Factor by which the depth grows while deduplication leaves too few images."""


@dataclass(frozen=True, slots=True)
class Postprocess:
    """Post-processing options.

    Args:
        near: minimum cosine of near-duplicates; None keeps duplicates.
        relevance: λ of maximal marginal relevance; None keeps the order.
    """

    near: float | None = None
    relevance: float | None = None

    def run(
        self,
        find: Callable[[int], Ranking],
        k: int,
        table: Callable[[Ids], EmbeddingMatrix],
        hashes: Callable[[Ids], Mapping[int, bytes]],
    ) -> Ranking:
        """Search deep enough to return ``k`` results.

        Args:
            find: function from a number of results to the best results.
            k: number of results; fewer if there are fewer.
            table: returns the embeddings of images, by id.
            hashes: returns the content hashes of images, by id.

        Raises:
            InputError: ``near`` or ``relevance`` is out of range, or ``find`` raises it.
        """
        if self.near is None and self.relevance is None:
            return find(k)
        count = k if self.relevance is None else max(k, FIRST)
        found = self._deduplicate(find, count, table, hashes)
        if self.relevance is not None:
            found = diversify(found, table(found.ids[:FIRST]), relevance=self.relevance)
        return found[:k]

    def _deduplicate(
        self,
        find: Callable[[int], Ranking],
        count: int,
        table: Callable[[Ids], EmbeddingMatrix],
        hashes: Callable[[Ids], Mapping[int, bytes]],
    ) -> Ranking:
        if self.near is None:
            return find(count)
        depth = 2 * count
        while True:
            found = find(depth)
            folded = fold(found, table(found.ids), near=self.near, hashes=hashes(found.ids))
            if len(folded) >= count or len(found) < depth:
                return folded
            depth *= _GROWTH
