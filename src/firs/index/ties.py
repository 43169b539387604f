"""A deterministic order of equal scores, also at the cut after k."""

from collections.abc import Callable

import numpy as np

from firs.index.base import Ids, Scores

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
    wanted = min(k + 8, size)
    ids, scores = fetch(wanted)
    while wanted < size and np.any(scores[:, k - 1] == scores[:, -1]):
        wanted = min(4 * wanted, size)
        ids, scores = fetch(wanted)
    order = np.lexsort((ids, -scores), axis=-1)[:, :k]
    return np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)
