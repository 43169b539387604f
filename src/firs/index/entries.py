"""Entries in memory, read in batches like those of a large collection."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Entries, EntryVectors, Ids, check_ids, unit_rows

AT_ONCE = 50_000
_UNIT = 2e-3


def half_rows(vectors: EntryVectors, ids: Ids, order: NDArray[np.intp]) -> NDArray[np.float16]:
    """Return the vectors in a given order as float16 of unit length, without a copy if possible."""
    as_they_are = vectors.dtype == np.float16 and bool(np.all(np.diff(order) == 1))
    if as_they_are and all(_are_unit(vectors[part]) for part in parts(len(order))):
        return np.asarray(vectors, dtype=np.float16)
    rows = np.empty(vectors.shape, dtype=np.float16)
    for part in parts(len(order)):
        rows[part] = unit_rows(vectors[order[part]], "entry", ids[part])
    return rows


def some_half_rows(vectors: EntryVectors, ids: Ids) -> NDArray[np.float16]:
    """A part of the vectors, in order of their ids, as float16 of length 1."""
    return half_rows(vectors, ids, np.arange(len(ids)))


def _are_unit(vectors: EntryVectors) -> bool:
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)
    return bool(np.all(np.abs(lengths - 1) < _UNIT))


def parts(count: int) -> Iterator[slice]:
    """Yield slices of a batch of rows each, which cover ``count`` rows."""
    return (slice(start, min(start + AT_ONCE, count)) for start in range(0, count, AT_ONCE))


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
        return int(self._vectors.shape[1])

    def __len__(self) -> int:
        return len(self._ids)

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
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
