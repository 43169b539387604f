"""Vectors as float16 of length 1, made in parts, since they may be as large as the memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firs.index.base import EntryVectors, Ids
from firs.index.checks import unit_rows

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
