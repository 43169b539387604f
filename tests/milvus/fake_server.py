"""A Milvus server in memory: its collections, its time, and what can go wrong with it.

It takes the place of what pymilvus's client talks to (``fake_client``), so that all of
``firs.milvus`` runs as it is. It is strict: an expression, a row or a parameter that Milvus would
refuse is an error. It can be down, be restarted, have several segments, and fail calls with the
codes of a real server. Each address is a process of its own; all reach the same collections.
"""

import enum
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.milvus.fake_expressions import ExpressionError
from tests.milvus.fake_storage import FakeCollection, RowError

UNEXPECTED = 65535
"""The code of errors that Milvus has no number for."""


class StatusCode(enum.Enum):
    """As ``grpc.StatusCode``."""

    CANCELLED = 1
    DEADLINE_EXCEEDED = 4
    PERMISSION_DENIED = 7
    UNIMPLEMENTED = 12
    UNAVAILABLE = 14
    UNAUTHENTICATED = 16


class RpcError(Exception):
    """As ``grpc.RpcError``."""

    def __init__(self, status: StatusCode, details: str = "") -> None:
        super().__init__()
        self.code: Callable[[], StatusCode] = lambda: status
        self.details: Callable[[], str] = lambda: details


class MilvusException(Exception):
    """As ``pymilvus.MilvusException``."""

    def __init__(self, code: int = 1, message: str = "") -> None:
        super().__init__()
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"<{type(self).__name__}: (code={self.code}, message={self.message})>"


class ParamError(MilvusException):
    """As ``pymilvus.ParamError``: the client itself refuses an argument."""


class Killed(BaseException):
    """The process that called is killed, so that nothing after the call happens."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that is done, but its answer is lost: the caller has an error instead."""

    error: Exception


Fault = BaseException | Lost | int | None
"""See ``FakeMilvus.fail``."""


def not_loaded() -> MilvusException:
    return MilvusException(101, "failed to search: collection not loaded")


def rate_limited() -> MilvusException:
    return MilvusException(8, "request is rejected by rate limiter")


def quota_exceeded() -> MilvusException:
    return MilvusException(9, "memory quota exceeded")


def unavailable() -> RpcError:
    return RpcError(StatusCode.UNAVAILABLE, "failed to connect to all addresses")


def stalled() -> RpcError:
    return RpcError(StatusCode.DEADLINE_EXCEEDED, "Deadline Exceeded")


class Clock:
    """Takes the place of the module ``time``: waiting takes no time, and is noted.

    Attributes:
        waits: seconds of each wait so far.
    """

    def __init__(self) -> None:
        self.now = 1_000.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class FakeMilvus:
    """A server.

    Args:
        version: what it says it is.
        segments: over how many segments the rows of each collection are spread.

    Attributes:
        clock: its time; a call that stalls takes as long as its caller waits.
        collections: by name.
        is_down: whether no one answers.
        token: that clients must have.
        calls: the method and the collection of each call so far.
        clients: the arguments that each client was made with.
    """

    def __init__(self, version: str = "v2.3.5", segments: int = 1) -> None:
        self.version = version
        self.segments = segments
        self.clock = Clock()
        self.collections: dict[str, FakeCollection] = {}
        self.is_down = False
        self.token = ""
        self.calls: list[tuple[str, str]] = []
        self.clients: list[dict[str, Any]] = []
        self._lock = threading.RLock()
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._kill_at: int | None = None
        self._made = 0

    def url(self, name: str, host: str = "fake") -> str:
        """Return the address of a collection; each host is taken for a process of its own."""
        return f"milvus://{host}:19530/{name}"

    def fail(self, method: str, *faults: Fault) -> None:
        """Let the next calls of a method fail, one for each fault.

        An error is raised before anything is done, ``Lost`` after it. None lets a call pass, and a
        number cuts what a search finds for each query to so many.
        """
        self._faults[method].extend(faults)

    def kill_at_write(self, number: int | None) -> None:
        """Kill the caller at this write from now on, counted from 0; at none, if None."""
        self._kill_at = number

    def restart(self) -> None:
        """Keep all rows, but load no collection: as after a restart."""
        self.is_down = False
        for each in self.collections.values():
            each.settle()
            each.is_loaded = False

    def settle(self) -> None:
        """Let every process see what was written so far."""
        for each in self.collections.values():
            each.settle()

    def count_calls(self, method: str) -> int:
        """Return how often a method was called."""
        return sum(name == method for name, _ in self.calls)

    @contextmanager
    def answering(self, method: str, name: str, timeout: float) -> Iterator[int | None]:
        """Answer one call at a time, if it does not fail; give how many hits a search may have."""
        with self._lock:
            self.calls.append((method, name))
            self._die(method)
            fault = self._faults[method].popleft() if self._faults[method] else None
            if self.is_down:
                fault = unavailable()
            if isinstance(fault, BaseException):
                self._raise(fault, timeout)
            with _refusing():
                yield fault if isinstance(fault, int) else None
            if isinstance(fault, Lost):
                self._raise(fault.error, timeout)

    def collection(self, name: str) -> FakeCollection:
        """Return a collection that must be there."""
        if name not in self.collections:
            raise MilvusException(100, f"can't find collection[database=default][{name}]")
        return self.collections[name]

    def loaded(self, name: str) -> FakeCollection:
        """Return a collection that must be there and loaded."""
        found = self.collection(name)
        if not found.is_loaded:
            raise not_loaded()
        return found

    def make(self, name: str, schema: SimpleNamespace, shards: int) -> None:
        """Make a collection, or nothing where the very same is there."""
        known = self.collections.get(name)
        if known is None:
            self._made += 1
            self.collections[name] = FakeCollection(
                name, self._made, schema.description, schema.fields, self.segments, shards
            )
        elif (known.description, known.fields, known.shards) != (
            schema.description,
            schema.fields,
            shards,
        ):
            message = f"create duplicate collection with different parameters, collection: {name}"
            raise MilvusException(UNEXPECTED, message)

    def _die(self, method: str) -> None:
        if self._kill_at is not None and method in ("upsert", "delete"):
            if self._kill_at == 0:
                raise Killed
            self._kill_at -= 1

    def _raise(self, error: BaseException, timeout: float) -> None:
        if isinstance(error, RpcError) and error.code() is StatusCode.DEADLINE_EXCEEDED:
            self.clock.now += timeout
        raise error


@contextmanager
def _refusing() -> Iterator[None]:
    """Turn what is wrong with a request into the error that the server has for it."""
    try:
        yield
    except ExpressionError as error:
        raise MilvusException(UNEXPECTED, f"cannot parse expression: {error}") from error
    except (RowError, UnicodeEncodeError) as error:
        raise ParamError(1, str(error)) from error
