"""Work that is requested by several threads at the same time is done once."""

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Generic, TypeVar

Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """Deduplication of concurrent calls: later callers wait for the result of the first.

    >>> SingleFlight().get("key", lambda: 3)
    3
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[Result]] = {}

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return or raise the outcome of ``make``, called here or in the first thread."""
        mine: Future[Result] = Future()
        with self._lock:
            waiting = self._running.get(key)
            if waiting is None:
                self._running[key] = mine
        if waiting is not None:
            return waiting.result()
        return self._compute(key, mine, make)

    def _compute(self, key: Hashable, mine: "Future[Result]", make: Callable[[], Result]) -> Result:
        try:
            mine.set_result(make())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()
