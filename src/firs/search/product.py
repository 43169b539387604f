"""The product of a large matrix and a few vectors, at memory bandwidth.

The rows are split among our own threads, since BLAS threads spin while they wait (see
``firs.blas``).
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firs.blas import one_blas_thread
from firs.index.base import EntryVectors

_THREADS = 2
_LARGE = 1 << 24
"""Elements from which on more than one thread is worth its start."""
_ROWS = 1_024


def product(rows: EntryVectors, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Multiply ``rows`` float16 or float32 ``(n, dim)`` with ``vectors`` ``(m, dim)``.

    Returns:
        float32 ``(n, m)``, the same to the last bit however many threads there are.
    """
    columns = np.ascontiguousarray(vectors.T, dtype=np.float32)
    found = np.empty((len(rows), len(vectors)), dtype=np.float32)

    def fill(part: slice) -> None:
        for some in _slices(part.start, part.stop, _ROWS):
            np.matmul(rows[some].astype(np.float32, copy=False), columns, out=found[some])

    with one_blas_thread():
        if rows.size < _LARGE:
            fill(slice(0, len(rows)))
        else:
            share = -(-len(rows) // (_ROWS * _THREADS)) * _ROWS
            with ThreadPoolExecutor(_THREADS) as pool:
                list(pool.map(fill, _slices(0, len(rows), share)))
    return found


def _slices(start: int, stop: int, step: int) -> Iterator[slice]:
    edges = [*range(start, stop, step), stop]
    return (slice(*edge) for edge in pairwise(edges))
