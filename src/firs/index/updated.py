"""An index and what has changed since it was built, searched as one."""

import numpy as np
from numpy.typing import NDArray

from firs.index.base import EntryVectors, Ids, Index, Scores, StoredIndex
from firs.index.checks import check_k
from firs.index.exact import ExactIndex


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
        """Length of every vector."""
        return self._both[0].dim

    def __len__(self) -> int:
        """How many entries may be found."""
        return sum(len(each) for each in self._both)

    def search(
        self, queries: NDArray[np.float32], k: int, among: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """The ``k`` nearest entries of every query: see ``firs.index.Index.search``.

        Raises:
            InputError: a query is of another dimension, zero or not finite, or ``k`` is below 1.
        """
        found = [each.search(queries, k, among) for each in self._both]
        ids, scores = (np.hstack(each) for each in zip(*found, strict=True))
        best = np.lexsort((ids, -scores), axis=-1)[:, : check_k(k, ids.shape[1])]
        return np.take_along_axis(ids, best, axis=1), np.take_along_axis(scores, best, axis=1)
