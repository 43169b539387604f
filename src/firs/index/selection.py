"""A search among some entries only: FAISS passes over the others while it compares.

A bitmap is the fastest of FAISS's selectors on 36,000 entries of 512 dimensions, whether few pass
or many: 0.22 ms where 1 % pass and 0.37 where 10 % do, against 0.28 and 0.60 with a set and 4.1
and 40 with a list; without any, 2.1.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Ids
from firs.index.engine import faiss


def places_of(among: Ids, ids: Ids) -> NDArray[np.int64]:
    """Where some ids stand in ``ids``, ascending; those that do not are left out.

    Args:
        among: int64 ``(m,)``, in any order.
        ids: int64 ``(n,)``, ascending.
    """
    at = np.searchsorted(ids, among)
    inside = at < len(ids)
    held = at[inside][ids[at[inside]] == among[inside]]
    return np.unique(held).astype(np.int64)


def selecting(places: NDArray[np.int64], size: int) -> Any:
    """FAISS's parameters for a search among the entries at some places, of ``size`` in all."""
    return faiss.SearchParameters(sel=bitmap(places, size))


def bitmap(places: NDArray[np.int64], size: int) -> Any:
    """FAISS's selector of the entries at some places, of ``size`` in all."""
    chosen = np.zeros(size, dtype=np.bool_)
    chosen[places] = True
    return faiss.IDSelectorBitmap(np.packbits(chosen, bitorder="little"))
