"""What a search is before and after an index finds anything: checks, one order, ids, and bounds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Ids, Scores
from firs.index.checks import check_k, check_queries
from firs.index.selection import SubsetSelector
from firs.index.ties import search_with_ties


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
    among: Ids | None,
    find: Find,
) -> tuple[Ids, Scores]:
    """Return the ``k`` nearest entries of every query: see ``firs.index.Index.search``.

    Args:
        entries: entries to search.
        queries: float32 ``(q, dim)``, of any length except zero.
        dim: dimension of the index.
        k: number of results; all entries if there are fewer.
        among: int64 ``(n,)``, ids of the entries to search; default all.
        find: the search itself; not called if there is nothing to search.

    Raises:
        InputError: a query has another dimension, is zero or not finite, or ``k`` is below 1.
    """
    unit = check_queries(queries, dim)
    size, selector = entries.among(among)
    asked = PreparedQuery(unit, check_k(k, size), size, selector)
    if not asked.k or not len(unit):
        shape = (len(unit), asked.k)
        return np.empty(shape, dtype=np.int64), np.empty(shape, dtype=np.float32)

    def fetch(count: int) -> tuple[Ids, Scores]:
        scores, places = find(asked, count)
        return entries.ids[places], np.clip(scores, -1, 1)

    return search_with_ties(fetch, asked.k, size)
