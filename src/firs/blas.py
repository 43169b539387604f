"""The number of threads that NumPy's BLAS uses for a matrix product.

These threads spin while they wait. Next to any other busy process that made a product 100 times
slower here than one thread alone.

The number belongs to the whole process, so limits that overlap in time must not restore it
independently of each other: the second would restore what the first had set. For OpenBLAS,
threadpoolctl lets only the first thread that changed it change it again, unless that is cleared.

A BLAS that parallelizes by OpenMP, as that of FAISS does, is left alone: there the number belongs
to each thread, and ``firs.index.engine`` makes its threads sleep while they wait.
"""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from threadpoolctl import LibController


class _Limit:
    """One limit of the process, counted: the last to leave restores the number of threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = 0
        self._before: list[int] = []

    def enter(self) -> None:
        with self._lock:
            if not self._count:
                self._before = [each.num_threads for each in self.libraries]
                self._set(1 for _ in self.libraries)
            self._count += 1

    def leave(self) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self._set(self._before)

    def _set(self, numbers: Iterable[int]) -> None:
        for library, number in zip(self.libraries, numbers, strict=True):
            _let_any_thread_change(library)
            library.set_num_threads(number)
            _let_any_thread_change(library)

    @cached_property
    def libraries(self) -> "list[LibController]":
        """BLAS libraries that are loaded at the first limit; finding them takes milliseconds."""
        import numpy as np  # noqa: F401, its BLAS must be loaded to be found
        from threadpoolctl import ThreadpoolController

        return [
            each
            for each in ThreadpoolController().lib_controllers
            if each.user_api == "blas" and getattr(each, "threading_layer", "") != "openmp"
        ]


def _let_any_thread_change(library: "LibController") -> None:
    clear = getattr(library, "clear_controlling_thread", None)  # since threadpoolctl 3.8
    if clear is not None:
        clear(force=True)


_limit = _Limit()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep NumPy's BLAS on the calling thread, in the whole process, while any context lasts.

    >>> import numpy as np
    >>> with one_blas_thread():
    ...     total = np.ones((2, 2)) @ np.ones((2, 2))
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


def blas_threads() -> list[int]:
    """Return how many threads NumPy's BLAS uses now, one number per library."""
    return [each.num_threads for each in _limit.libraries]
