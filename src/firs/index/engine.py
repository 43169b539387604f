"""FAISS, imported in this one place so that its threads sleep while they wait.

By default the OpenMP threads of FAISS spin between searches. Next to another busy process a
spinning thread occupies the core that the other half of the search waits for: on two cores with one
busy process, a query over 7,091 entries takes 0.1 ms with sleeping threads and 12 ms with spinning
ones. OpenMP reads the setting once, when it is loaded.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

_POLICY = "OMP_WAIT_POLICY"
_ours = _POLICY not in os.environ
if _ours:
    os.environ[_POLICY] = "PASSIVE"
try:
    faiss: Any = import_module("faiss")
finally:
    if _ours:
        del os.environ[_POLICY]  # not for the processes that this one may start

__all__ = ["faiss", "one_thread"]


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS works in the calling thread alone; for what takes less time than to wake another."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)
