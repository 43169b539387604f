"""Entries in memory, read in batches like those of a large collection."""

from collections.abc import Iterator

import numpy as np

from firs.index.base import Entries, EntryVectors, Ids
from firs.index.checks import check_ids
from firs.index.half import parts


class GivenEntries:
    """Entries in memory.

    Args:
        ids: int64 ``(n,)``, in any order.
        vectors: float16 or float32 ``(n, dim)``.

    Raises:
        InputError: the lengths differ, or an id occurs twice.
    """

    def __init__(self, ids: Ids, vectors: EntryVectors) -> None:
        self._ids, self._order = check_ids(ids, vectors)
        self._vectors = vectors

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        """How many there are."""
        return len(self._ids)

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        """Some ids, ascending, and their vectors; then the next."""
        for part in parts(len(self)):
            yield self._ids[part], self._vectors[self._order[part]]


def gather(entries: Entries) -> tuple[Ids, EntryVectors]:
    """All ids int64 ``(n,)``, ascending, and their vectors ``(n, dim)``."""
    ids = np.empty(len(entries), dtype=np.int64)
    matrix: EntryVectors | None = None
    done = 0
    for some, vectors in entries.parts():
        part = slice(done, done + len(some))
        if matrix is None:
            matrix = np.empty((len(entries), entries.dim), dtype=vectors.dtype)
        ids[part], matrix[part] = some, vectors
        done = part.stop
    return ids, np.empty((0, entries.dim), dtype=np.float32) if matrix is None else matrix
