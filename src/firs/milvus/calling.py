"""One call of a server: with a time limit, and again where what went wrong may pass."""

import logging
import os
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from firs.errors import FirsError, InputError, MissingExtra, StorageError
from firs.milvus.address import Address
from firs.milvus.troubles import ClassifiedError, ErrorKind, classify_error

Result = TypeVar("Result")

Act = Callable[[Any, float], Result]
"""What is done with pymilvus's client, within so many seconds."""

_log = logging.getLogger(__name__)

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0
_CONNECT_SECONDS = 5.0
_SHORTEST_TRY = 1.0
_TOLD_AFTER = 3.0


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
        self._lock = threading.Lock()
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
        waiting = _RetryBudget(
            self, patient=patient, longest=longest or self.timeout * (3 if writes else 1)
        )
        while True:
            try:
                result = act(self._connection(), waiting.one_try())
            except FirsError:
                raise
            except Exception as error:
                met = self._met(error)
                if not waiting.goes_on(met):
                    raise met.error(self.address, waiting.elapsed()) from _bare(error)
                self._mend(met, name, waiting)
            else:
                waiting.is_over()
                return result

    @property
    def was_there(self) -> bool:
        """Whether the server has answered once."""
        return self._was_there

    def close(self) -> None:
        """Hang up; no call is possible afterwards."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _connection(self) -> Any:
        with self._lock:
            if self._closed:
                raise StorageError(f"The collection {self.address} is closed. Open it again.")
            if self._client is None:
                self._client = _connect(self.address, min(self.timeout, _CONNECT_SECONDS))
                self._was_there = True
            return self._client

    def _met(self, error: Exception) -> ClassifiedError:
        import grpc
        from pymilvus import MilvusException

        if not isinstance(error, MilvusException | grpc.RpcError):
            raise error
        return classify_error(error, self.address)

    def _mend(self, met: ClassifiedError, name: str, waiting: "_RetryBudget") -> None:
        """Load what a restarted server has not loaded; or wait a little."""
        waiting.wait()
        if met.kind is ErrorKind.NOT_LOADED and name:
            with suppress(Exception):  # it is told by the next try
                self._connection().load_collection(name, timeout=waiting.one_try())


class _RetryBudget:
    """How long one call may still wait, and between which tries."""

    def __init__(self, calling: RetryingClient, *, patient: bool, longest: float) -> None:
        self._calling = calling
        self._patient = patient
        self._longest = longest
        self._began = time.monotonic()
        self._next = _FIRST_WAIT
        self._told = False

    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def one_try(self) -> float:
        """Seconds that the next try may take."""
        left = self._longest if self._is_patient() else self._limit() - self.elapsed()
        return max(_SHORTEST_TRY, min(self._longest, left))

    def goes_on(self, met: ClassifiedError) -> bool:
        """Whether there is time for another try, and use in it."""
        return met.may_pass and self.elapsed() + self._next < self._limit()

    def wait(self) -> None:
        if self._is_patient() and not self._told and self.elapsed() > _TOLD_AFTER:
            self._told = True
            _log.warning(
                "Milvus at %s is away, or not ready yet; this waits for it up to %.0f s.",
                self._calling.address.server,
                self._limit(),
            )
        time.sleep(self._next * random.uniform(0.5, 1.0))  # noqa: S311
        self._next = min(2 * self._next, _LONGEST_WAIT)

    def is_over(self) -> None:
        if self._told:
            _log.warning("Milvus at %s works again.", self._calling.address.server)

    def _is_patient(self) -> bool:
        """A wrong address is not waited for: only a server that was there."""
        return self._patient and self._calling.was_there

    def _limit(self) -> float:
        if not self._calling.was_there:
            return self._calling.timeout
        own = max(self._longest, self._calling.timeout)
        return max(own, self._calling.patience) if self._patient else own


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


def _bare(error: Exception) -> Exception | None:
    """The cause that is told with an error: without frames that hold the secret."""
    return error.with_traceback(None)
