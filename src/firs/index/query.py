"""What a search is before and after an index finds anything: checks, one order, ids, and bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Ids, Scores, check_k, check_queries
from firs.index.engine import faiss

Fetch = Callable[[int], tuple[Ids, Scores]]
"""How many → that many nearest entries of every query, scores falling, equal ones in any order."""


def search_with_ties(fetch: Fetch, k: int, size: int) -> tuple[Ids, Scores]:
    """Return the first ``k`` results of ``fetch`` by score, then by id.

    A search for the best ``k`` returns arbitrary ones of those that tie for the last place. So a
    few more are fetched, and more again while the tie extends beyond them.

    Args:
        fetch: the search, with ties in any order.
        k: number of results, at most ``size``.
        size: number of entries.

    Returns:
        Ids int64 and scores float32, both ``(q, k)``.
    """
    count = min(k + 8, size)
    ids, scores = fetch(count)
    while count < size and np.any(scores[:, k - 1] == scores[:, -1]):
        count = min(4 * count, size)
        ids, scores = fetch(count)
    order = np.lexsort((ids, -scores), axis=-1)[:, :k]
    return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)


class SubsetSelector:
    """The entries of an index, some of which may be hidden.

    Args:
        ids: int64 ``(n,)``, ascending.
        hidden: positions of entries that are never found, ascending.

    >>> entries = SubsetSelector(np.array([2, 4, 8])).without(np.array([4, 5]))
    >>> len(entries), entries.subset(np.array([4, 8]))[0]
    (2, 1)
    """

    def __init__(self, ids: Ids, hidden: NDArray[np.int64] | None = None) -> None:
        self.ids = ids
        self._hidden = np.empty(0, dtype=np.int64) if hidden is None else hidden
        self._selector = self._all_but_hidden() if len(self._hidden) else None

    def __len__(self) -> int:
        """How many may be found."""
        return len(self.ids) - len(self._hidden)

    def without(self, ids: Ids) -> "SubsetSelector":
        """The same, with some more hidden."""
        return SubsetSelector(self.ids, np.union1d(self._hidden, places_of(ids, self.ids)))

    def subset(self, ids: Ids | None) -> tuple[int, Any]:
        """How many of ``ids`` may be found, or of all, and FAISS's selector, if one is needed."""
        if ids is None:
            return len(self), self._selector
        chosen = np.setdiff1d(places_of(ids, self.ids), self._hidden, assume_unique=True)
        return len(chosen), bitmap(chosen, len(self.ids))

    def _all_but_hidden(self) -> Any:
        return bitmap(np.delete(np.arange(len(self.ids)), self._hidden), len(self.ids))


def places_of(subset: Ids, ids: Ids) -> NDArray[np.int64]:
    """Return the positions of known ids in ``ids``, ascending.

    Args:
        subset: int64 ``(m,)``, in any order.
        ids: int64 ``(n,)``, ascending.
    """
    at = np.searchsorted(ids, subset)
    inside = at < len(ids)
    known = at[inside][ids[at[inside]] == subset[inside]]
    return np.unique(known).astype(np.int64)


def bitmap(places: NDArray[np.int64], size: int) -> Any:
    """FAISS's selector of the entries at some places, of ``size`` in all."""
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[places] = True
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """A validated search.

    Args:
        unit: float32 ``(q, dim)``, queries of unit length.
        k: number of results, from 1 to ``size``.
        size: number of entries to search.
        selector: FAISS selector of these entries; None for all.
    """

    unit: NDArray[np.float32]
    k: int
    size: int
    selector: Any


Find = Callable[[PreparedQuery, int], tuple[Scores, NDArray[np.int64]]]
"""A search, and how many → scores and places ``(q, count)``, falling, equal ones in any order."""


def nearest(
    entries: SubsetSelector,
    queries: NDArray[np.float32],
    dim: int,
    k: int,
    subset: Ids | None,
    find: Find,
) -> tuple[Ids, Scores]:
    """Return the ``k`` nearest entries of every query: see ``firs.index.Index.search``.

    Args:
        entries: entries to search.
        queries: float32 ``(q, dim)``, of any length except zero.
        dim: dimension of the index.
        k: number of results; all entries if there are fewer.
        subset: int64 ``(n,)``, ids of the entries to search; default all.
        find: the search itself; not called if there is nothing to search.

    Raises:
        InputError: a query has another dimension, is zero or not finite, or ``k`` is below 1.
    """
    unit = check_queries(queries, dim)
    size, selector = entries.subset(subset)
    requested = PreparedQuery(unit, check_k(k, size), size, selector)
    if not requested.k or not len(unit):
        shape = (len(unit), requested.k)
        return np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.float32)

    def fetch(count: int) -> tuple[Ids, Scores]:
        scores, places = find(requested, count)
        return entries.ids[places], np.clip(scores, -1, 1)

    return search_with_ties(fetch, requested.k, size)
