"""The protocol that every index keeps."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

Ids: TypeAlias = NDArray[np.int64]
"""int64, one id an entry."""

Scores: TypeAlias = NDArray[np.float32]
"""float32 cosines in [-1, 1], the same shape as the ids they belong to."""

EntryVectors: TypeAlias = NDArray[np.float16] | NDArray[np.float32]
"""float16 or float32 ``(n, dim)``, any length but zero."""


class Entries(Protocol):
    """What an index is made of, read in parts, since it may be larger than the memory."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    def __len__(self) -> int:
        """How many there are."""

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        """Some ids, ascending, and their vectors; then the next."""


@runtime_checkable
class Index(Protocol):
    """Finds the entries nearest to a query."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    def __len__(self) -> int:
        """Return the number of entries."""

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """Return the ``k`` nearest entries of every query, best first.

        Entries with equal scores are ordered by id, also at the cut after ``k``.

        Args:
            queries: float32 ``(q, dim)``, of any length except zero.
            k: number of results; all entries if there are fewer.
            subset: int64 ``(n,)``, ids of the entries to search; unknown ids are ignored. Default
                all.

        Returns:
            Ids int64 ``(q, k')`` and scores float32 ``(q, k')``; ``k'`` is the smaller of ``k``
            and the number of entries searched.

        Raises:
            InputError: a query has another dimension, is zero or not finite, or ``k`` is below 1.
        """


@runtime_checkable
class Tunable(Protocol):
    """An approximate index with search parameters, searchable in its file."""

    def tune(self, queries: NDArray[np.float32]) -> None:
        """Adjust the search parameters to the recall of typical queries ``(q, dim)``.

        Raises:
            InputError: a query has another dimension, is zero or not finite.
        """


@runtime_checkable
class StoredIndex(Index, Protocol):
    """An index that is built in this process and can be stored in a file."""

    @classmethod
    def build(cls, ids: Ids, vectors: EntryVectors) -> Self:
        """Build an index of the entries ``ids`` int64 ``(n,)``, ``vectors`` ``(n, dim)``.

        Raises:
            InputError: the lengths differ, an id occurs twice, or a vector is zero or not finite.
        """

    @classmethod
    def build_to_file(
        cls,
        file: BinaryIO,
        entries: Entries,
        requested: Callable[[], NDArray[np.float32]] | None = None,
    ) -> tuple[Self, slice]:
        """Build an index and write everything that ``load`` needs to a file.

        Args:
            file: on disk, open for writing and reading.
            entries: read in batches, so they may be larger than memory.
            requested: returns typical queries, float32 ``(q, dim)``; only called by an index that
                is tuned.

        Returns:
            The index, and which bytes of the file are vectors that stay on disk.

        Raises:
            InputError: an id occurs twice, or a vector is zero or not finite.
        """

    def without(self, ids: Ids) -> Self:
        """Return the index without some entries, sharing its memory; this index does not change.

        Args:
            ids: int64 ``(n,)``, ids to remove; unknown ids are ignored.
        """

    def save(self, file: BinaryIO) -> None:
        """Write all that ``load`` needs."""

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """The index that ``save`` wrote; what it reads must be whole (see ``firs.index.files``)."""


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
        raise InputError(f"An index has each id once; id {twice[0]} occurs twice.")
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
            f"The vector of {what} {bad[0]} is zero or not finite, so it has no direction; "
            f"encode it again."
        )
    unit: NDArray[np.float32] = rows / lengths
    return unit
