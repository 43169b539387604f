"""Calls of a Milvus server: time limits, and retries of errors that are temporary.

Two limits apply. Each call has one of its own. And all calls of one user request, such as a search
or a mark, share one: see :func:`limit_wait`. A writer has no user who waits for it, so it is
patient instead, and waits through a restart of the server.
"""

import logging
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from firs.errors import FirsError, InputError, MissingExtra, StorageError
from firs.milvus.address import Address
from firs.milvus.errors import ClassifiedError, ErrorKind, classify_error

Result = TypeVar("Result")

Act = Callable[[Any, float], Result]
"""A function of pymilvus's client and a timeout in seconds."""

_log = logging.getLogger(__name__)


REQUEST_SECONDS = 10.0
"""Seconds that one user request waits for a server, whatever its number of calls."""

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0
_CONNECT_SECONDS = 5.0
_SHORTEST_ATTEMPT = 0.1
_WARN_AFTER = 3.0

_connecting = threading.Lock()
"""pymilvus opens one connection at a time; this lock can be waited for with a time limit."""


@dataclass(slots=True)
class _Budget:
    """The time limit shared by the calls of one request, and the time left, in seconds."""

    seconds: float
    left: float


_budget: ContextVar[_Budget | None] = ContextVar("budget", default=None)


@contextmanager
def limit_wait(seconds: float = REQUEST_SECONDS) -> Iterator[None]:
    """Limit the total time of all calls inside; an outer limit takes precedence.

    Only the time of server calls counts, not for example that of an encoder. Calls of a writer, and
    calls that take long by nature, such as building an index, are not limited.

    Args:
        seconds: for all calls together.
    """
    if _budget.get() is not None:
        yield
        return
    token = _budget.set(_Budget(seconds, seconds))
    try:
        yield
    finally:
        _budget.reset(token)


class RetryingClient:
    """Client of a server, for any thread, which retries what fails temporarily.

    Args:
        address: address of the server.
        timeout: seconds within which a reading call ends, with a result or an error.
        patience: seconds that a patient call waits through a restart of the server.
    """

    def __init__(self, address: Address, timeout: float, patience: float) -> None:
        self.address = address
        self.timeout = timeout
        self.patience = patience
        self.has_connected = False
        self._client: Any = None
        self._is_closed = False

    def __call__(
        self,
        act: Act[Result],
        *,
        name: str = "",
        writes: bool = False,
        patient: bool = False,
        longest: float = 0.0,
    ) -> Result:
        """Call a function of the client, again if it fails temporarily.

        Args:
            act: the function; if it writes, it must be idempotent.
            name: name of the collection, to load it if it is not loaded.
            writes: whether it writes, and so may take three times as long.
            patient: whether to wait through a restart of the server.
            longest: seconds that one attempt may take, if it is more than usual.

        Raises:
            ServerError: the error is not temporary, or the time is over.
        """
        one_attempt = longest or self.timeout * (3 if writes else 1)
        is_bounded = not (patient or longest)
        with _Attempts(self, one_attempt, patient=patient, is_bounded=is_bounded) as attempts:
            while True:
                try:
                    return act(self._connection(attempts), attempts.seconds())
                except FirsError:
                    raise
                except _server_errors() as error:
                    failure = classify_error(error, self.address)
                    if not attempts.wait(failure):
                        # Without the frames of the cause, which contain the secret.
                        raise attempts.error(failure) from error.with_traceback(None)
                    if failure.kind is ErrorKind.NOT_LOADED and name:
                        self._load(name, attempts)

    def close(self) -> None:
        """Close the connection; no call is possible afterwards."""
        with _connecting:
            self._is_closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connection(self, attempts: "_Attempts") -> Any:
        if self._client is not None:
            return self._client
        if not _connecting.acquire(timeout=attempts.seconds()):
            raise attempts.error(ClassifiedError(ErrorKind.STALLED, "others wait for it"))
        try:
            if self._is_closed:
                raise StorageError(f"The collection {self.address} is closed. Open it again.")
            if self._client is None:
                self._client = _connect(self.address, min(attempts.seconds(), _CONNECT_SECONDS))
                self.has_connected = True
            return self._client
        finally:
            _connecting.release()

    def _load(self, name: str, attempts: "_Attempts") -> None:
        """Start loading a collection after a restart; the next attempts show whether it is."""
        with suppress(Exception):  # the next attempt fails likewise, and raises it
            self._connection(attempts).load_collection(
                name, timeout=attempts.seconds(), _async=True
            )


class _Attempts(AbstractContextManager["_Attempts"]):
    """The attempts of one call: how long each may take, and whether there is time for another.

    Args:
        client: the client.
        longest: maximum duration of one attempt in seconds.
        patient: whether to wait through a restart of the server.
        is_bounded: whether the limit of the request applies.
    """

    def __init__(
        self, client: RetryingClient, longest: float, *, patient: bool, is_bounded: bool
    ) -> None:
        self._client = client
        self._longest = longest
        self._patient = patient
        self._budget = _budget.get() if is_bounded else None
        self._began = time.monotonic()
        self._pause = _FIRST_PAUSE
        self._has_warned = False
        self._failure = ClassifiedError(ErrorKind.STALLED, "no time is left")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Charge the time to the request, and end a warning."""
        if self._budget is not None:
            self._budget.left -= self._elapsed()
        if self._has_warned and kind is None:
            _log.warning("Milvus at %s works again.", self._client.address.server)

    def seconds(self) -> float:
        """Return how long the next attempt may take.

        Raises:
            ServerError: there is no time left, since the last failure or the beginning.
        """
        left = min(self._longest, self._limit() - self._elapsed())
        if left < _SHORTEST_ATTEMPT:
            raise self.error(self._failure)
        return left

    def wait(self, failure: ClassifiedError) -> bool:
        """Wait for another attempt; return False if it is useless or there is no time for it."""
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311
        needed = self._elapsed() + pause + _SHORTEST_ATTEMPT
        if not failure.is_temporary or needed > self._limit():
            return False
        self._warn()
        self._failure = failure
        time.sleep(pause)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        return True

    def error(self, failure: ClassifiedError) -> FirsError:
        """Return the error to raise, with the time without an answer in the whole request."""
        before = 0.0 if self._budget is None else self._budget.seconds - self._budget.left
        return failure.error(self._client.address, before + self._elapsed())

    def _warn(self) -> None:
        if self._is_patient and not self._has_warned and self._elapsed() > _WARN_AFTER:
            self._has_warned = True
            _log.warning(
                "Milvus at %s is away, or not ready yet; this waits for it up to %.0f s.",
                self._client.address.server,
                self._limit(),
            )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    @property
    def _is_patient(self) -> bool:
        """Only a server that was there is waited for, not a wrong address."""
        return self._patient and self._client.has_connected

    def _limit(self) -> float:
        """Return how many seconds the call as a whole may take."""
        limit = self._client.timeout
        if self._client.has_connected:
            limit = max(limit, self._longest)
        if self._is_patient:
            return max(limit, self._client.patience)
        return limit if self._budget is None else min(limit, self._budget.left)


def _server_errors() -> tuple[type[Exception], ...]:
    import grpc
    from pymilvus import MilvusException

    return MilvusException, grpc.RpcError


def _connect(address: Address, timeout: float) -> Any:
    # gRPC's own lines about a failed handshake are hidden: an exception is raised anyway.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from pymilvus import MilvusClient
    except ImportError:
        raise MissingExtra("Collections on a Milvus server", "milvus") from None
    # It logs each error with a traceback before it raises it.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    client = MilvusClient(
        f"{'https' if address.tls else 'http'}://{address.server}",
        token=address.token,
        db_name=address.database,
        timeout=timeout,
        dedicated=True,
        **_tls_options(address),
    )
    # It would retry by itself, for as long as a call may take and one thread at a time.
    client._handler._on_rpc_error = _raise
    return client


def _tls_options(address: Address) -> dict[str, Any]:
    if not address.tls:
        return {}
    if address.ca and not Path(address.ca).is_file():
        raise InputError(f"There is no certificate at {address.ca}. Correct ?ca=FILE.")
    options = {"server_pem_path": address.ca, "server_name": address.server_name}
    return {"secure": True} | {key: value for key, value in options.items() if value}


def _raise(error: Exception) -> bool:
    raise error
