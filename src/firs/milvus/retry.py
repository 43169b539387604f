"""Calls of a Milvus server: within a time limit, and tried again where an error may pass.

Two limits hold. Each call has one of its own. And all calls that one request of a person makes,
such as a search or a mark, share one: see :func:`limit_wait`. A writer, in front of which no one
waits, has patience instead, and waits through a restart of the server.
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
"""What is done with pymilvus's client, within so many seconds."""

_log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_CONNECT_SECONDS = 5.0
_SHORTEST_TRY = 0.1
_WARN_AFTER = 3.0

REQUEST_SECONDS = 10.0
"""Seconds that one user request waits for a server, whatever its number of calls."""

_connecting = threading.Lock()
"""pymilvus opens one connection at a time; this lock can be waited for with a time limit."""


@dataclass(slots=True)
class _Budget:
    """The time limit shared by the calls of one request, and the time left."""

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
    """Calls a server from any thread.

    Args:
        address: which.
        timeout: seconds within which a reading call ends, with its answer or an error.
        patience: seconds that a writing call waits through a restart of the server.
    """

    def __init__(self, address: Address, timeout: float, patience: float) -> None:
        self.address = address
        self.timeout = timeout
        self.patience = patience
        self._client: Any = None
        self._was_there = False
        self._closed = False

    def __call__(
        self,
        act: Act[Result],
        *,
        name: str = "",
        writes: bool = False,
        patient: bool = False,
        longest: float = 0.0,
    ) -> Result:
        """Do something with the client.

        Args:
            act: what; where it writes it can be done twice.
            name: of the collection, which is loaded where it is not.
            writes: whether it writes, and so may take three times as long.
            patient: whether a restart of the server is waited through.
            longest: seconds that one try may take, if it is more than usual.

        Raises:
            ServerError: what went wrong did not pass, or cannot.
        """
        one_try = longest or self.timeout * (3 if writes else 1)
        tries = _Tries(self, one_try, patient=patient, is_bounded=not (patient or longest))
        with tries:
            while True:
                try:
                    return act(self._connection(tries), tries.seconds())
                except FirsError:
                    raise
                except Exception as error:
                    met = self._met(error)
                    if not tries.wait(met):
                        raise tries.error(met) from _without_frames(error)
                    if met.kind is ErrorKind.NOT_LOADED and name:
                        self._load(name, tries)

    @property
    def was_there(self) -> bool:
        """Whether the server has answered once."""
        return self._was_there

    def close(self) -> None:
        """Hang up; no call is possible afterwards."""
        with _connecting:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connection(self, tries: "_Tries") -> Any:
        if self._client is not None:
            return self._client
        if not _connecting.acquire(timeout=tries.seconds()):
            raise tries.error(ClassifiedError(ErrorKind.STALLED, "others wait for it"))
        try:
            if self._closed:
                raise StorageError(f"The collection {self.address} is closed. Open it again.")
            if self._client is None:
                self._client = _connect(self.address, min(tries.seconds(), _CONNECT_SECONDS))
                self._was_there = True
            return self._client
        finally:
            _connecting.release()

    def _met(self, error: Exception) -> ClassifiedError:
        import grpc
        from pymilvus import MilvusException

        if not isinstance(error, MilvusException | grpc.RpcError):
            raise error
        return classify_error(error, self.address)

    def _load(self, name: str, tries: "_Tries") -> None:
        """Have what a restarted server has not loaded loaded; the next tries see whether it is."""
        with suppress(Exception):  # the next try meets the same, and raises it
            self._connection(tries).load_collection(name, timeout=tries.seconds(), _async=True)


class _Tries(AbstractContextManager["_Tries"]):
    """The attempts of one call: how long each may take, and whether there is time for another.

    Args:
        calling: the client.
        longest: maximum duration of one attempt in seconds.
        patient: whether to wait through a restart of the server.
        is_bounded: whether the limit of the request applies.
    """

    def __init__(
        self, calling: RetryingClient, longest: float, *, patient: bool, is_bounded: bool
    ) -> None:
        self._calling = calling
        self._longest = longest
        self._patient = patient
        self._budget = _budget.get() if is_bounded else None
        self._began = time.monotonic()
        self._pause = _FIRST_WAIT
        self._has_warned = False

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Charge the time to the request, and end what was warned of."""
        if self._budget is not None:
            self._budget.left -= self._elapsed()
        if self._has_warned and kind is None:
            _log.warning("Milvus at %s works again.", self._calling.address.server)

    def seconds(self) -> float:
        """How long the next try may take.

        Raises:
            ServerStalled: there is no time left.
        """
        left = min(self._longest, self._limit() - self._elapsed())
        if left < _SHORTEST_TRY:
            raise self.error(ClassifiedError(ErrorKind.STALLED, "no time is left"))
        return left

    def wait(self, met: ClassifiedError) -> bool:
        """Wait for another try; false if there is no use in it, or no time for it."""
        pause = self._pause * random.uniform(0.5, 1.0)  # noqa: S311
        if not met.may_pass or self._elapsed() + pause + _SHORTEST_TRY > self._limit():
            return False
        self._warn()
        time.sleep(pause)
        self._pause = min(2 * self._pause, _LONGEST_WAIT)
        return True

    def error(self, met: ClassifiedError) -> FirsError:
        """Return the error to raise, with the time without an answer in the whole request."""
        before = 0.0 if self._budget is None else self._budget.seconds - self._budget.left
        return met.error(self._calling.address, before + self._elapsed())

    def _warn(self) -> None:
        if self._is_patient and not self._has_warned and self._elapsed() > _WARN_AFTER:
            self._has_warned = True
            _log.warning(
                "Milvus at %s is away, or not ready yet; this waits for it up to %.0f s.",
                self._calling.address.server,
                self._limit(),
            )

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    @property
    def _is_patient(self) -> bool:
        """A wrong address is not waited for: only a server that was there."""
        return self._patient and self._calling.was_there

    def _limit(self) -> float:
        """Seconds that the call as a whole may take."""
        if not self._calling.was_there:
            own = self._calling.timeout
        else:
            own = max(self._longest, self._calling.timeout)
        if self._is_patient:
            return max(own, self._calling.patience)
        return own if self._budget is None else min(own, self._budget.left)


def _connect(address: Address, timeout: float) -> Any:
    # gRPC's own lines of a failed handshake; what matters is raised.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    try:
        from pymilvus import MilvusClient
    except ImportError:
        raise MissingExtra("Collections on a Milvus server", "milvus") from None
    # It logs each error with a traceback before it raises it; what matters is raised.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    client = MilvusClient(
        f"{'https' if address.tls else 'http'}://{address.server}",
        token=address.token,
        db_name=address.database,
        timeout=timeout,
        dedicated=True,
        **_encryption(address),
    )
    # It would try again by itself, for as long as a call may take and one thread at a time.
    client._handler._on_rpc_error = _raise
    return client


def _encryption(address: Address) -> dict[str, Any]:
    if not address.tls:
        return {}
    if address.ca and not Path(address.ca).is_file():
        raise InputError(f"There is no certificate at {address.ca}. Correct ?ca=FILE.")
    given = {"server_pem_path": address.ca, "server_name": address.server_name}
    return {"secure": True} | {key: value for key, value in given.items() if value}


def _raise(error: Exception) -> bool:
    raise error


def _without_frames(error: Exception) -> Exception:
    """The cause that an error names: its frames hold the secret."""
    return error.with_traceback(None)
