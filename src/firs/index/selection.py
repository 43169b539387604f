"""Search in a subset of the entries: FAISS skips the others while it compares.

A bitmap is the fastest of FAISS's selectors on 36,000 entries of 512 dimensions, whether few or
many pass: 0.22 ms if 1 % pass and 0.37 ms if 10 % do, against 0.28 and 0.60 with a set and 4.1 and
40 with a list; without a selector, 2.1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Ids
from firs.index.engine import faiss


class SubsetSelector:
    """The entries of an index, some of which may be hidden.

    Args:
        ids: int64 ``(n,)``, ascending.
        hidden: positions of entries that are never found, ascending.

    >>> entries = SubsetSelector(np.array([2, 4, 8])).without(np.array([4, 5]))
    >>> len(entries), entries.among(np.array([4, 8]))[0]
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

    def among(self, ids: Ids | None) -> tuple[int, Any]:
        """How many of ``ids`` may be found, or of all, and FAISS's selector, if one is needed."""
        if ids is None:
            return len(self), self._selector
        chosen = np.setdiff1d(places_of(ids, self.ids), self._hidden, assume_unique=True)
        return len(chosen), bitmap(chosen, len(self.ids))

    def _all_but_hidden(self) -> Any:
        return bitmap(np.delete(np.arange(len(self.ids)), self._hidden), len(self.ids))


def places_of(among: Ids, ids: Ids) -> NDArray[np.int64]:
    """Return the positions of known ids in ``ids``, ascending.

    Args:
        among: int64 ``(m,)``, in any order.
        ids: int64 ``(n,)``, ascending.
    """
    at = np.searchsorted(ids, among)
    inside = at < len(ids)
    held = at[inside][ids[at[inside]] == among[inside]]
    return np.unique(held).astype(np.int64)


def bitmap(places: NDArray[np.int64], size: int) -> Any:
    """FAISS's selector of the entries at some places, of ``size`` in all."""
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[places] = True
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))
