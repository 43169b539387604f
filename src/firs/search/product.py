"""Every row of a large matrix against a few vectors, at the speed of the memory.

NumPy's BLAS shares such a product among threads that spin while they wait. Beside any busy
neighbour that made it 100 times slower here than one thread alone. So each part is left to one
thread of ours, on which BLAS does not share.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

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

    with _one_thread():
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


class _Unshared:
    """Keeps BLAS on one thread while anybody is inside; who leaves last gives its threads back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limit: Any = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._inside:
                self._limit = self._threads.limit(limits=1, user_api="blas")
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._limit.restore_original_limits()

    @cached_property
    def _threads(self) -> ThreadpoolController:
        return ThreadpoolController()


_one_thread = _Unshared()
