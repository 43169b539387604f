"""Near-duplicates behind one result: a photo saved twice takes one place, not two."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.ranking import Ranking
from firs.search.table import Table

NEAR = 0.95
"""Cosine of near-duplicates: a photo and itself at half the size lie above, most others below."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A ranking of the best of each group of near-duplicates.

    Args:
        ranking: one image a group, the one that stood first; the others are not in it.
        behind: an image's id → the ids folded behind it, in their old order, where there are any.
    """

    ranking: Ranking
    behind: Mapping[int, tuple[int, ...]]

    def count(self, id_: int) -> int:
        """How many images this result stands for, itself among them."""
        return 1 + len(self.behind.get(id_, ()))


def fold(
    ranking: Ranking,
    table: Table,
    *,
    near: float = NEAR,
    hashes: Mapping[int, bytes] | None = None,
) -> Folded:
    """Fold each image behind the first before it that it is a near-duplicate of.

    Args:
        ranking: what was found.
        table: the vectors of what was found.
        near: cosine from which on two images are near-duplicates, above 0 and up to 1.
        hashes: of the files' contents, by id; equal ones are duplicates whatever their vectors.

    Raises:
        InputError: ``near`` cannot be meant.
    """
    if not 0 < near <= 1:
        raise InputError(f"Near-duplicates have a cosine above 0 and up to 1, not {near}.")
    ids = ranking.ids.tolist()
    content = [(hashes or {}).get(id_, id_) for id_ in ids]
    leaders = _leaders(table.rows(ranking.ids), content, near)
    kept = [at for at, leader in enumerate(leaders) if at == leader]
    behind = {
        ids[kept_at]: tuple(ids[at] for at in np.flatnonzero(leaders == kept_at)[1:].tolist())
        for kept_at in kept
    }
    return Folded(ranking.only(kept), {id_: those for id_, those in behind.items() if those})


def _leaders(vectors: Vectors, content: list[bytes | int], near: float) -> NDArray[np.int64]:
    """The place of the image that each is folded behind; its own if it is kept."""
    leaders = np.full(len(vectors), -1, dtype=np.int64)
    for at in range(len(vectors)):
        if leaders[at] < 0:
            same = np.array([each == content[at] for each in content[at:]])
            alike = same | (vectors[at:] @ vectors[at] >= near)
            joins = at + np.flatnonzero(alike & (leaders[at:] < 0))
            leaders[joins] = leaders[at] = at  # rounding may leave it unlike itself
    return leaders
