"""FAISS, imported in this one place so that its threads sleep while they wait; principal axes.

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

import numpy as np
from numpy.typing import NDArray

_POLICY = "OMP_WAIT_POLICY"
_ours = _POLICY not in os.environ
if _ours:
    os.environ[_POLICY] = "PASSIVE"
try:
    faiss: Any = import_module("faiss")
finally:
    if _ours:
        del os.environ[_POLICY]  # not for the processes that this one may start

__all__ = ["axes_kept", "faiss", "one_thread", "principal_axes"]


@contextmanager
def one_thread() -> Iterator[None]:
    """FAISS works in the calling thread alone; for what takes less time than to wake another."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


_FEWEST = 32
_SHARE = 4


def axes_kept(dim: int) -> int:
    """Return the number of principal axes to use: a quarter of the dimensions, but at least 32.

    With 4 bits per axis this is one bit per dimension.

    >>> axes_kept(512), axes_kept(100), axes_kept(24)
    (128, 32, 24)
    """
    return min(dim, max(_FEWEST, -(-dim // _SHARE)))


def principal_axes(
    sample: NDArray[np.float32], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the mean of some vectors ``(n, dim)``, and the axes of greatest variance.

    Principal component analysis (Hotelling, "Analysis of a complex of statistical variables into
    principal components", Journal of Educational Psychology 24, 1933).

    Returns:
        float32 ``(dim,)``, and float32 ``(count, dim)``: orthogonal, of unit length.
    """
    dim = sample.shape[1]
    axes = faiss.PCAMatrix(dim, count)
    axes.train(np.resize(sample, (max(len(sample), dim), dim)))  # FAISS needs dim vectors or more
    return faiss.vector_to_array(axes.mean), faiss.vector_to_array(axes.A).reshape(-1, dim)[:count]
