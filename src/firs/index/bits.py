"""Bits in memory, and the best of what they find scored again from float16 on disk.

Bits are those of RaBitQ (Gao and Long, "RaBitQ: quantizing high-dimensional vectors with a
theoretical error bound for approximate nearest neighbor search", SIGMOD 2024): the signs of a
vector, seen from a middle and randomly rotated, with a number that makes the estimated product
with a float query unbiased; on FAISS's fast scan (Douze et al., 2024).
"""

from typing import Any, BinaryIO, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from firs.index.base import EntryVectors, Ids, Scores
from firs.index.checks import checked_ids, checked_k, checked_queries
from firs.index.engine import faiss
from firs.index.half import half_rows, parts
from firs.index.mapped import read_rows, searched_rows
from firs.index.reach import Reach, farther
from firs.index.selection import bitmap, places_of
from firs.index.ties import settled

_TRAINED_ON = 20_000
_A_LIST = 40
_ASKED = 64
_SEED = 1


class BitIndex:
    """What the kinds with bits share.

    Args:
        ids: int64 ``(n,)``, ascending.
        rows: float16 ``(n, dim)`` of length 1, in memory or mapped.
        bits: FAISS's index of the bits.
        reach: how far a search looks.
    """

    bits: ClassVar[int] = 1
    """a dimension"""

    target: ClassVar[float] = 0.985
    """Share of the best 10 that a search shall find, on queries that are at hand."""

    def __init__(self, ids: Ids, rows: NDArray[np.float16], bits: Any, reach: Reach) -> None:
        self._ids = ids
        self._rows = rows
        self._bits = bits
        self._exact = searched_rows(rows)
        self._refined = faiss.IndexRefine(bits, self._exact)
        self._lists = int(faiss.extract_index_ivf(bits).nlist)
        self._reach = reach

    @classmethod
    def build(cls, ids: Ids, vectors: EntryVectors) -> Self:
        """An index of the entries ``ids`` int64 ``(n,)``, their ``vectors`` ``(n, dim)``.

        Raises:
            InputError: the two do not fit, an id stands twice, or a vector is zero or not finite.
        """
        ids, order = checked_ids(ids, vectors)
        rows = half_rows(vectors, ids, order)
        bits = cls._trained(rows)
        for part in parts(len(rows)):
            bits.add(rows[part].astype(np.float32))
        built = cls(ids, rows, bits, Reach.of(len(rows)))
        if len(rows):
            built.tune(rows[:: -(-len(rows) // _ASKED)].astype(np.float32))
        return built

    @classmethod
    def _trained(cls, rows: NDArray[np.float16]) -> Any:
        dim, lists = rows.shape[1], cls.lists_for(len(rows))
        rotation = faiss.RandomRotationMatrix(dim, dim)
        rotation.init(_SEED)
        inner = faiss.IndexIVFRaBitQFastScan(
            faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT, 32, True, cls.bits
        )
        inner.cp.min_points_per_centroid = 1
        inner.cp.niter = 10
        bits = faiss.IndexPreTransform(rotation, inner)
        if len(rows):
            most = max(_TRAINED_ON, _A_LIST * lists)
            bits.train(rows[:: -(-len(rows) // most)].astype(np.float32))
        return bits

    @classmethod
    def lists_for(cls, count: int) -> int:  # noqa: ARG003
        """How many lists so many entries are kept in; a search looks into some of them."""
        return 1

    @property
    def dim(self) -> int:
        """Length of every vector."""
        return int(self._bits.d)

    @property
    def reach(self) -> Reach:
        """How far a search looks."""
        return self._reach

    def __len__(self) -> int:
        """How many entries it holds."""
        return len(self._ids)

    def tune(self, queries: NDArray[np.float32]) -> None:
        """Look farther, until the share ``target`` of the best 10 of some queries is found.

        Args:
            queries: float32 ``(q, dim)``, such as will be asked.
        """
        if len(self) and len(queries):
            unit = checked_queries(queries, self.dim)
            self._reach = farther(
                self._reach,
                self._exact.search(unit, min(10, len(self)))[1],
                lambda lists, count: self._bits.search(unit, count, params=_looking(lists))[1],
                (len(self), self._lists),
                self.target,
            )

    def search(
        self, queries: NDArray[np.float32], k: int, among: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """The ``k`` nearest entries of every query: see ``firs.index.Index.search``.

        Raises:
            InputError: a query is of another dimension, zero or not finite, or ``k`` is below 1.
        """
        unit = checked_queries(queries, self.dim)
        chosen = None if among is None else places_of(among, self._ids)
        size = len(self) if chosen is None else len(chosen)
        k = checked_k(k, size)
        if not k or not len(unit):
            shape = (len(unit), k)
            return np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.float32)
        selector = None if chosen is None else bitmap(chosen, len(self))

        def fetch(count: int) -> tuple[Ids, Scores]:
            scores, places = self._found(unit, count, size, selector)
            return self._ids[places], np.clip(scores, -1, 1)

        return settled(fetch, k, size)

    def _found(
        self, unit: NDArray[np.float32], count: int, size: int, selector: Any
    ) -> tuple[Scores, NDArray[np.int64]]:
        """The best ``count`` of ``size``; more lists are looked into where they hold too few."""
        lists = self._reach.lists_among(size, len(self), self._lists)
        while True:
            parameters = faiss.IndexRefineSearchParameters(
                k_factor=self._reach.candidates(count, size) / count,
                base_index_params=_looking(lists, selector),
            )
            scores, places = self._refined.search(unit, count, params=parameters)
            if lists == self._lists or places.min() >= 0:
                return scores, places
            lists = min(4 * lists, self._lists)

    def save(self, file: BinaryIO) -> None:
        """Write the ids and the reach (NumPy's format), FAISS's bits, and the rows."""
        np.save(file, self._ids, allow_pickle=False)
        np.save(file, self._reach.array(), allow_pickle=False)
        faiss.write_index(self._bits, faiss.PyCallbackIOWriter(file.write))
        np.save(file, self._rows, allow_pickle=False)

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """The index that ``save`` wrote; the rows of a file on disk stay there, mapped."""
        ids: Ids = np.load(file, allow_pickle=False)
        reach = Reach.from_array(np.load(file, allow_pickle=False))
        bits = faiss.read_index(faiss.PyCallbackIOReader(file.read))
        return cls(ids, read_rows(file), bits, reach)


def _looking(lists: int, selector: Any = None) -> Any:
    """FAISS's parameters for a search of the bits of some lists."""
    inner = faiss.IVFRaBitQSearchParameters(nprobe=lists, sel=selector)
    return faiss.SearchParametersPreTransform(index_params=inner)
