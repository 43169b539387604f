"""Index of 4-bit codes in memory, with rescoring from float16 vectors on disk.

Embeddings of pictures vary along some axes far more than along others, so only the quarter of the
axes with the greatest variance is encoded, each value by the nearest of 16 levels that minimise the
squared error (Max, "Quantizing for minimum distortion", IRE Transactions on Information Theory 6,
1960). That is one bit per dimension. The query is not quantised; its products with all levels are
lookup tables in registers: FAISS's fast scan of 4-bit codes (André, Kermarrec and Le Scouarnec,
"Cache locality is not enough: high-performance nearest neighbor search with product quantization
fast scan", VLDB 2015). For the ten best of a text, 20 times fewer candidates need rescoring than
with signs.
"""

from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any, BinaryIO, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Entries, EntryVectors, Ids, Scores, check_ids, check_queries
from firs.index.engine import axes_kept, faiss, one_thread, principal_axes
from firs.index.entries import half_rows
from firs.index.mapped import (
    Rows,
    best_of_some,
    best_rows,
    index_rows,
    map_rows,
    read_rows,
    save_rows,
    write_rows,
)
from firs.index.query import PreparedQuery, SubsetSelector, nearest
from firs.index.tuning import ProbeParams, tune_for_recall

_TRAINED_ON = 20_000
_A_LIST = 40
_ASKED = 64
_LEVELS = 16


class BitIndex:
    """Base class of the indexes of codes.

    Args:
        entries: entries to search.
        rows: float16 ``(n, dim)`` of unit length, of all entries, in memory or memory-mapped.
        bits: FAISS index of the codes.
        reach: search parameters.
    """

    target: ClassVar[float] = 0.99
    """Share of the best 10 that a search shall find, on queries that are at hand."""

    def __init__(self, entries: SubsetSelector, rows: Rows, bits: Any, reach: ProbeParams) -> None:
        self._entries = entries
        self._rows = rows
        self._bits = bits
        self._lists = int(faiss.extract_index_ivf(bits).nlist)
        self._reach = reach

    @classmethod
    def build(cls, ids: Ids, vectors: EntryVectors) -> Self:
        ids, order = check_ids(ids, vectors)
        return cls._over(ids, Rows(half_rows(vectors, ids, order)))

    @classmethod
    def build_to_file(
        cls,
        file: BinaryIO,
        entries: Entries,
        requested: Callable[[], NDArray[np.float32]] | None = None,
    ) -> tuple[Self, slice]:
        ids, start = write_rows(file, entries)
        stop = file.tell()
        file.flush()
        rows = Rows(np.empty((0, entries.dim), dtype=np.float16))
        if len(ids):
            rows = map_rows(file, start, (len(ids), entries.dim))
        index = cls._over(ids, rows)
        if requested:
            index.tune(requested())
        index._save_rest(file)
        return index, slice(start, stop)

    @classmethod
    def _over(cls, ids: Ids, rows: Rows) -> Self:
        middle, bits = cls._train(rows)
        for _, some in rows.parts():
            bits.add(some.astype(np.float32) - middle)
        built = cls(SubsetSelector(ids), rows, bits, ProbeParams.of(len(rows)))
        if len(rows):
            built.tune(rows.evenly(_ASKED))
        return built

    @classmethod
    def _train(cls, rows: Rows) -> tuple[NDArray[np.float32], Any]:
        """The middle that is taken from vectors, and FAISS's index of the bits, still empty."""
        dim, lists = rows.array.shape[1], cls.lists_for(len(rows))
        most = max(_TRAINED_ON, _A_LIST * lists)
        sample = rows.evenly(most)
        sample = np.resize(sample, (max(len(sample), _LEVELS), dim))
        middle, axes = principal_axes(sample, axes_kept(dim))
        turn = faiss.LinearTransform(dim, len(axes))
        faiss.copy_array_to_vector(axes.ravel(), turn.A)
        turn.is_trained = True
        bits = faiss.IndexPreTransform(turn, _codes(len(axes), lists))
        bits.train(sample - middle)
        return middle, bits

    @classmethod
    def lists_for(cls, count: int) -> int:  # noqa: ARG003
        """Return the number of inverted lists for a number of entries."""
        return 1

    @property
    def dim(self) -> int:
        return int(self._bits.d)

    @property
    def reach(self) -> ProbeParams:
        """How far a search looks."""
        return self._reach

    def __len__(self) -> int:
        return len(self._entries)

    def tune(self, queries: NDArray[np.float32]) -> None:
        """Raise the search parameters until the recall of the best 10 reaches ``target``.

        Args:
            queries: float32 ``(q, dim)``, typical queries.
        """
        if len(self) and len(queries):
            unit = check_queries(queries, self.dim)
            self._reach = tune_for_recall(
                self._reach,
                best_rows(self._rows, unit, min(10, len(self)))[1],
                lambda lists, count: self._bits.search(unit, count, params=_looking(lists))[1],
                (len(self), self._lists),
                self.target,
            )

    def search(
        self, queries: NDArray[np.float32], k: int, subset: Ids | None = None
    ) -> tuple[Ids, Scores]:
        return nearest(self._entries, queries, self.dim, k, subset, self._search)

    def _search(self, requested: PreparedQuery, count: int) -> tuple[Scores, NDArray[np.int64]]:
        """The best ``count``; more lists are looked into where they hold too few.

        Where the bits are the same for all, as of vectors that are, FAISS finds none by them.
        """
        lists = self._reach.lists_among(requested.size, len(self._rows), self._lists)
        candidates = max(count, self._reach.candidates(requested.k, requested.size))
        with one_thread() if len(requested.unit) == 1 else nullcontext():
            while True:
                looking = _looking(lists, requested.selector)
                _, places = self._bits.search(requested.unit, candidates, params=looking)
                if (places >= 0).sum(axis=1).min() >= count:
                    return self._rescore(requested.unit, places, count)
                if lists == self._lists:
                    return self._score_all(requested.unit, count, requested.selector)
                lists = min(4 * lists, self._lists)

    def _rescore(
        self, unit: NDArray[np.float32], places: NDArray[np.int64], count: int
    ) -> tuple[Scores, NDArray[np.int64]]:
        found = [
            best_of_some(self._rows, some[some >= 0], query, count)
            for query, some in zip(unit, places, strict=True)
        ]
        return np.array([scores for scores, _ in found]), np.array([at for _, at in found])

    def _score_all(
        self, unit: NDArray[np.float32], count: int, selector: Any
    ) -> tuple[Scores, NDArray[np.int64]]:
        parameters = selector and faiss.SearchParameters(sel=selector)
        found: tuple[Scores, NDArray[np.int64]] = index_rows(self._rows.array).search(
            unit, count, params=parameters
        )
        self._rows.drop()
        return found

    def without(self, ids: Ids) -> Self:
        """The same entries but for some, in the same memory."""
        return type(self)(self._entries.without(ids), self._rows, self._bits, self._reach)

    def save(self, file: BinaryIO) -> None:
        """Write the rows, the ids and the reach (NumPy's format), and FAISS's bits."""
        save_rows(file, self._rows)
        self._save_rest(file)

    def _save_rest(self, file: BinaryIO) -> None:
        np.save(file, self._entries.ids, allow_pickle=False)
        np.save(file, self._reach.array(), allow_pickle=False)
        faiss.write_index(self._bits, faiss.PyCallbackIOWriter(file.write))

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """The index that ``save`` wrote; the rows of a file on disk stay there, mapped."""
        rows = read_rows(file)
        ids: Ids = np.load(file, allow_pickle=False)
        reach = ProbeParams.from_array(np.load(file, allow_pickle=False))
        bits = faiss.read_index(faiss.PyCallbackIOReader(file.read))
        return cls(SubsetSelector(ids), rows, bits, reach)


def _codes(axes: int, lists: int) -> Any:
    """FAISS's index of 4-bit codes of so many axes in some lists, not yet trained."""
    metric = faiss.METRIC_INNER_PRODUCT
    codes = faiss.IndexIVFPQFastScan(faiss.IndexFlatIP(axes), axes, lists, axes, 4, metric)
    codes.by_residual = lists > 1
    codes.cp.niter = 10
    codes.cp.min_points_per_centroid = codes.pq.cp.min_points_per_centroid = 1
    return codes


def _looking(lists: int, selector: Any = None) -> Any:
    """FAISS's parameters for a search of the bits of some lists."""
    return _looking_at_all(lists) if selector is None else _parameters(lists, selector)


@cache
def _looking_at_all(lists: int) -> Any:
    """The same, made once: that takes as long as scoring six entries again."""
    return _parameters(lists, None)


def _parameters(lists: int, selector: Any) -> Any:
    inner = faiss.IVFSearchParameters(nprobe=lists, sel=selector)
    return faiss.SearchParametersPreTransform(index_params=inner)


_ENTRIES_A_LIST = 128
_MOST = 4_096


class IvfIndex(BitIndex):
    """The bits of the nearest lists against a float query; the best are scored again."""

    target: ClassVar[float] = 0.965

    @classmethod
    def lists_for(cls, count: int) -> int:
        """A power of two near the square root of ``count``, with some entries a list."""
        lists = min(count // _ENTRIES_A_LIST, int(count**0.5), _MOST)
        return 1 << max(0, lists.bit_length() - 1)


class HashIndex(BitIndex):
    """Every entry's bits against a float query; the best are scored again from float16."""


def hash_index() -> type[HashIndex]:
    """Return the index that compares the codes of all entries."""
    return HashIndex


def ivf_index() -> type[IvfIndex]:
    """Return the index that compares the codes of the nearest lists."""
    return IvfIndex
