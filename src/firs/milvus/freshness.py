"""Consistency levels of reads, so that a process sees its own writes and no one else waits."""

import threading
import time
from collections import Counter
from functools import cache
from typing import Literal

Consistency = Literal["Strong", "Session", "Bounded"]

_OWN_SECONDS = 10.0
"""How long after a write its own process takes care to see it; ``Bounded`` is 5 s behind."""


class ConsistencyTracker:
    """What this process wrote on one server, for as long as others may not see it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrote: dict[str, float] = {}
        self._removals: Counter[str] = Counter()
        self._seen: Counter[str] = Counter()

    def record_write(self, name: str) -> None:
        """Rows of a collection were written."""
        self._wrote[name] = time.monotonic()

    def record_removal(self, name: str) -> None:
        """Rows of a collection were removed."""
        with self._lock:
            self._removals[name] += 1

    def removals(self, name: str) -> int:
        """Return the number of removals so far, for ``saw``."""
        return self._removals[name]

    def saw(self, name: str, removals: int) -> None:
        """A reading that sees everything began after so many removals."""
        with self._lock:
            self._seen[name] = max(removals, self._seen[name])

    def own(self, name: str) -> Consistency:
        """Return the level at which this process sees all its own writes and everything older.

        The first read sees everything, so that a command sees the results of the one before it.
        After a write ``Session`` is enough; after a removal, for which Milvus 2.3 reports no time,
        the next read sees everything again.
        """
        if name not in self._seen or self._removals[name] > self._seen[name]:
            return "Strong"
        is_new = time.monotonic() - self._wrote.get(name, -_OWN_SECONDS) < _OWN_SECONDS
        return "Session" if is_new else "Bounded"


@cache
def freshness_of(server: str) -> ConsistencyTracker:  # noqa: ARG001, told apart by the cache
    """What this process wrote on a server, by whichever connection."""
    return ConsistencyTracker()
