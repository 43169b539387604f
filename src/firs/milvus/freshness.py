"""How fresh what is read must be, so that who wrote sees it and nobody else waits."""

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
        """How often rows were removed so far, to be told to ``saw``."""
        return self._removals[name]

    def saw(self, name: str, removals: int) -> None:
        """A reading that sees everything began after so many removals."""
        with self._lock:
            self._seen[name] = max(removals, self._seen[name])

    def own(self, name: str) -> Consistency:
        """What shows this process all that it wrote itself, and all from before it began.

        The first reading sees everything there is, so that a command sees what the one before it
        did. After a write ``Session`` does; not after a removal, of which Milvus 2.3 tells no
        time, so that the first reading after one sees everything again.
        """
        if name not in self._seen or self._removals[name] > self._seen[name]:
            return "Strong"
        is_new = time.monotonic() - self._wrote.get(name, -_OWN_SECONDS) < _OWN_SECONDS
        return "Session" if is_new else "Bounded"


@cache
def freshness_of(server: str) -> ConsistencyTracker:  # noqa: ARG001, told apart by the cache
    """What this process wrote on a server, by whichever connection."""
    return ConsistencyTracker()
