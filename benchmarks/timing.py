"""Time, memory and recall, as several benchmarks measure them."""

import resource
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def seconds(run: Callable[[], object]) -> float:
    """Return how long one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def peak_gb() -> float:
    """Return the peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def process_mb(name: str) -> float:
    """Return an entry of ``/proc/self/status``, such as VmRSS."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1e3


def mean_recall(
    exact: Iterable[NDArray[np.int64]], found: Iterable[NDArray[np.int64] | list[int]]
) -> float:
    """Return the mean share of the exact results that are found."""
    return float(np.mean([np.isin(*each).mean() for each in zip(exact, found, strict=True)]))
