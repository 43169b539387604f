"""Near-duplicates behind one result: a photo saved twice takes one place, not two."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.ranking import Hit, Ranking
from firs.search.table import EmbeddingMatrix

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
