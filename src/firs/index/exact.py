"""Exact cosine: every query against every entry, on FAISS (Douze et al., 2024)."""

from collections.abc import Callable
from typing import Any, BinaryIO, Self

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.index.base import (
    Entries,
    EntryVectors,
    Ids,
    Index,
    Scores,
    StoredIndex,
    check_entries,
    check_k,
)
from firs.index.engine import faiss
from firs.index.entries import gather
from firs.index.query import PreparedQuery, SubsetSelector, nearest


class ExactIndex:
    """Exact cosine search over float16 entries: half the memory, scores within 0.0005.

    Made by ``ExactIndex.build(ids, vectors)``.

    >>> index = ExactIndex.build(np.array([7, 9]), np.eye(2, dtype=np.float32))
    >>> ids, scores = index.search(np.array([[0, 2]], dtype=np.float32), k=1)
    >>> ids.tolist(), scores.tolist()
    ([[9]], [[1.0]])
    """

    def __init__(self, entries: SubsetSelector, searcher: Any) -> None:
        self._entries = entries
        self._searcher = searcher

    @classmethod
    def build(cls, ids: Ids, vectors: EntryVectors) -> Self:
        ids, unit = check_entries(ids, vectors)
        searcher = cls._empty(unit.shape[1])
        searcher.add(unit)
        return cls(SubsetSelector(ids), searcher)

    @classmethod
    def build_to_file(
        cls,
        file: BinaryIO,
        entries: Entries,
        requested: Callable[[], NDArray[np.float32]] | None = None,  # noqa: ARG003
    ) -> tuple[Self, slice]:
        index = cls.build(*gather(entries))
        index.save(file)
        return index, slice(0, 0)

    @staticmethod
    def _empty(dim: int) -> Any:
        return faiss.IndexScalarQuantizer(
            dim, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )

    @property
    def dim(self) -> int:
        return int(self._searcher.d)

    def __len__(self) -> int:
        return len(self._entries)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        return nearest(self._entries, queries, self.dim, k, subset, self._search)

    def _search(self, requested: PreparedQuery, count: int) -> tuple[Scores, NDArray[np.int64]]:
        parameters = requested.selector and faiss.SearchParameters(sel=requested.selector)
        found: tuple[Scores, NDArray[np.int64]] = self._searcher.search(
            requested.unit, count, params=parameters
        )
        return found

    def without(self, ids: Ids) -> Self:
        """The same entries but for some, in the same memory."""
        return type(self)(self._entries.without(ids), self._searcher)

    def save(self, file: BinaryIO) -> None:
        """Write the ids (NumPy's own format), then FAISS's index."""
        np.save(file, self._entries.ids, allow_pickle=False)
        faiss.write_index(self._searcher, faiss.PyCallbackIOWriter(file.write))

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        ids: Ids = np.load(file, allow_pickle=False)
        return cls(SubsetSelector(ids), faiss.read_index(faiss.PyCallbackIOReader(file.read)))


class ExactFloat32Index(ExactIndex):
    """Exact cosine search over float32 entries: scores within 0.000001."""

    @staticmethod
    def _empty(dim: int) -> Any:
        return faiss.IndexFlatIP(dim)


def exact_index(dtype: str = "float16") -> type[ExactIndex]:
    """Return the exact index that stores its entries as ``float16`` or ``float32``.

    Raises:
        InputError: ``dtype`` is neither.
    """
    types = {"float16": ExactIndex, "float32": ExactFloat32Index}
    if dtype not in types:
        raise InputError(f"The index 'exact' has the dtype float16 or float32, not {dtype!r}.")
    return types[dtype]


class OverlayIndex:
    """An index with changes: changed entries are hidden in it and searched exactly.

    Args:
        built: the original index.
        changed: int64, ids of entries added, changed or removed since.
        ids: int64 ``(m,)``, those of them that exist.
        vectors: their vectors, float16 or float32 ``(m, dim)``.

    Raises:
        InputError: the lengths differ, or a vector is zero or not finite.
    """

    def __init__(self, built: StoredIndex, changed: Ids, ids: Ids, vectors: EntryVectors) -> None:
        kind = type(built) if isinstance(built, ExactIndex) else ExactIndex
        self._both: tuple[Index, Index] = (built.without(changed), kind.build(ids, vectors))

    @property
    def dim(self) -> int:
        return self._both[0].dim

    def __len__(self) -> int:
        """How many entries may be found."""
        return sum(len(each) for each in self._both)

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        found = [each.search(queries, k, subset) for each in self._both]
        ids, scores = (np.hstack(each) for each in zip(*found, strict=True))
        best = np.lexsort((ids, -scores), axis=-1)[:, : check_k(k, ids.shape[1])]
        return np.take_along_axis(ids, best, axis=1), np.take_along_axis(scores, best, axis=1)
