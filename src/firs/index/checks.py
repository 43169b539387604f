"""Validation of the entries and queries of every index."""

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.index.base import EntryVectors, Ids


def check_entries(ids: Ids, vectors: EntryVectors) -> tuple[Ids, NDArray[np.float32]]:
    """Return the entries by ascending id, their vectors as float32 of unit length.

    Raises:
        InputError: the lengths differ, an id occurs twice, or a vector is zero or not finite.
    """
    ids, order = check_ids(ids, vectors)
    return ids, unit_rows(vectors[order], "entry", ids)


def check_ids(ids: Ids, vectors: EntryVectors) -> tuple[Ids, NDArray[np.intp]]:
    """Return the ids in ascending order, and the order that sorts them.

    Raises:
        InputError: the lengths differ, or an id occurs twice.
    """
    ids = np.asarray(ids, dtype=np.int64)
    if vectors.ndim != 2 or vectors.shape[1] == 0 or ids.shape != vectors.shape[:1]:
        raise InputError(
            f"An index needs ids (n,) and vectors (n, dim), not {ids.shape} and {vectors.shape}."
        )
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    twice = ids[1:][np.diff(ids) == 0]
    if len(twice):
        raise InputError(f"An index holds each id once; id {twice[0]} stands in it twice.")
    return ids, order


def check_queries(queries: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The queries as float32 ``(q, dim)`` of length 1.

    Raises:
        InputError: a query is of another dimension, zero or not finite.
    """
    queries = np.asarray(queries)
    if queries.ndim != 2 or queries.shape[1] != dim:
        raise InputError(
            f"This index needs queries of shape (q, {dim}), not {queries.shape}; "
            f"use the encoder that made its vectors."
        )
    return unit_rows(queries, "query", np.arange(len(queries)))


def check_k(k: int, size: int) -> int:
    """How many entries to return: ``k``, or all that there are.

    Raises:
        InputError: ``k`` is below 1.
    """
    if k < 1:
        raise InputError(f"k must be 1 or more, not {k}.")
    return min(k, size)


def unit_rows(vectors: NDArray[np.floating], what: str, ids: Ids) -> NDArray[np.float32]:
    """Vectors ``(n, dim)`` as float32 of length 1.

    Raises:
        InputError: one is zero or not finite; it is called by ``what`` it is and its id.
    """
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    bad = ids[~np.isfinite(lengths[:, 0]) | (lengths[:, 0] == 0)]
    if len(bad):
        raise InputError(
            f"The vector of {what} {bad[0]} is zero or not finite, so it points nowhere; "
            f"encode it again."
        )
    unit: NDArray[np.float32] = rows / lengths
    return unit
