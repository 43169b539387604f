"""Near-duplicates behind one result: a photo saved twice takes one place, not two."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.ranking import Hit, Ranking
from firs.search.table import EmbeddingMatrix

DUPLICATE_COSINE = 0.95
"""Cosine of near-duplicates: a photo and itself at half the size lie above, most others below."""


def fold(
    ranking: Ranking,
    table: EmbeddingMatrix,
    *,
    near: float = DUPLICATE_COSINE,
    hashes: Mapping[int, bytes] | None = None,
) -> Ranking:
    """Fold each image behind the first before it that it is a near-duplicate of.

    Args:
        ranking: what was found.
        table: the vectors of what was found.
        near: cosine from which on two images are near-duplicates, above 0 and up to 1.
        hashes: of the files' contents, by id; equal ones are duplicates whatever their vectors.

    Returns:
        One image a group, the one that stood first; ``behind`` has the others of each, if any, in
        their old order and with their old ranks. An image that the table does not hold is like
        no other.

    Raises:
        InputError: ``near`` cannot be meant.
    """
    if not 0 < near <= 1:
        raise InputError(f"Near-duplicates have a cosine above 0 and up to 1, not {near}.")
    leaders = _leaders(table.rows_or_zeros(ranking.ids), _contents(ranking, hashes or {}), near)
    behind: dict[int, tuple[Hit, ...]] = {}
    for hit, leader in zip(ranking, leaders.tolist(), strict=True):
        first = int(ranking.ids[leader])
        joins = () if hit.id == first else (hit,)
        behind[first] = behind.get(first, ()) + joins
    kept = ranking.only(np.flatnonzero(leaders == np.arange(len(ranking))).tolist())
    return Ranking(
        kept.ids, kept.scores, kept.paths, kept.source, kept.parts, behind, kept.confidence
    )


def _contents(ranking: Ranking, hashes: Mapping[int, bytes]) -> NDArray[np.int64]:
    """A number a content; one of its own for an image whose content is not known."""
    numbers: dict[bytes | int, int] = {}
    keys = (hashes.get(id_, id_) for id_ in ranking.ids.tolist())
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _leaders(vectors: Vectors, content: NDArray[np.int64], near: float) -> NDArray[np.int64]:
    """The place of the image that each is folded behind; its own if it is kept."""
    leaders = np.full(len(vectors), -1, dtype=np.int64)
    for at in range(len(vectors)):
        if leaders[at] < 0:
            alike = (content[at:] == content[at]) | (vectors[at:] @ vectors[at] >= near)
            joins = at + np.flatnonzero(alike & (leaders[at:] < 0))
            leaders[joins] = leaders[at] = at  # rounding may leave it unlike itself
    return leaders
