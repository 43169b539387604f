"""Errors of a Milvus server and the network → one clear error each, and whether it is temporary."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from firs.errors import (
    CollectionNotFound,
    FirsError,
    LoginRefused,
    NameTaken,
    NotAllowed,
    ServerDown,
    ServerError,
    ServerFull,
    ServerStalled,
    ServerTooOld,
)

if TYPE_CHECKING:
    from firs.milvus.address import Address


class ErrorKind(Enum):
    """What can go wrong with a server."""

    DOWN = auto()
    STALLED = auto()
    BUSY = auto()
    NOT_LOADED = auto()
    LOGIN = auto()
    RIGHT = auto()
    FULL = auto()
    TOO_OLD = auto()
    TAKEN = auto()
    ABSENT = auto()
    REFUSED = auto()


PASSING = frozenset({ErrorKind.DOWN, ErrorKind.STALLED, ErrorKind.BUSY, ErrorKind.NOT_LOADED})

# Milvus's own numbers, from 2.3 on; what has none of these is told by its words.
_BUSY = {1, 2, 4, 8, 11, 12, 103, 106, 202, 305, 401, 500, 501, 503, 901, 902, 903, 905, 906}
_KINDS = dict.fromkeys(_BUSY, ErrorKind.BUSY) | {
    101: ErrorKind.NOT_LOADED,
    201: ErrorKind.NOT_LOADED,
    601: ErrorKind.BUSY,
    602: ErrorKind.BUSY,
    3: ErrorKind.FULL,
    7: ErrorKind.FULL,
    9: ErrorKind.FULL,
    102: ErrorKind.FULL,
    250: ErrorKind.FULL,
    10: ErrorKind.TOO_OLD,
    100: ErrorKind.ABSENT,
    800: ErrorKind.ABSENT,
    1400: ErrorKind.LOGIN,
    1401: ErrorKind.RIGHT,
    1800: ErrorKind.LOGIN,
}
_STATUSES = {
    "UNAVAILABLE": ErrorKind.DOWN,
    "CANCELLED": ErrorKind.DOWN,
    "DEADLINE_EXCEEDED": ErrorKind.STALLED,
    "UNAUTHENTICATED": ErrorKind.LOGIN,
    "PERMISSION_DENIED": ErrorKind.RIGHT,
    "UNIMPLEMENTED": ErrorKind.TOO_OLD,
}
_WORDS = {
    "not loaded": ErrorKind.NOT_LOADED,
    "not fully loaded": ErrorKind.BUSY,
    "not ready": ErrorKind.BUSY,
    "not healthy": ErrorKind.BUSY,
    "node offline": ErrorKind.BUSY,
    "no available shard": ErrorKind.BUSY,
    "context deadline exceeded": ErrorKind.STALLED,
    "wait for loading collection timeout": ErrorKind.STALLED,
    "duplicate collection": ErrorKind.TAKEN,
    "auth check failure": ErrorKind.LOGIN,
    "disk quota": ErrorKind.FULL,
    "memory quota": ErrorKind.FULL,
    "unimplemented": ErrorKind.TOO_OLD,
}

_CLIENT_ERRORS = frozenset({"ParamError", "DataNotMatchException", "DataTypeNotMatchException"})
_UNEXPECTED = "Unexpected error, message="
"""What pymilvus refuses before it sends it has the code of a server that is not ready: by these
classes, or with this beginning, it is distinguished."""


@dataclass(frozen=True, slots=True)
class ClassifiedError:
    """An error of the server: its kind, and its message."""

    kind: ErrorKind
    said: str

    @property
    def may_pass(self) -> bool:
        """Whether the same may work in a while."""
        return self.kind in PASSING

    def error(self, address: "Address", timeout: float) -> FirsError:
        """What to raise, after so many seconds without an answer."""
        server = address.server
        match self.kind:
            case ErrorKind.DOWN:
                return ServerDown(
                    f"Nobody answers at {server}. Start Milvus there, or correct the address; "
                    f"nothing that was acknowledged is lost.{self._hint(address)}"
                )
            case ErrorKind.STALLED:
                return ServerStalled(
                    f"Milvus at {server} did not answer within {timeout:.0f} s. Look whether it is "
                    "overloaded or the network is down, then do this again."
                )
            case ErrorKind.BUSY | ErrorKind.NOT_LOADED:
                return ServerStalled(
                    f"Milvus at {server} is not ready yet ({self.said}). Wait until it has started "
                    "and loaded, then do this again."
                )
            case _:
                return self._refusal(server)

    def _refusal(self, server: str) -> FirsError:
        match self.kind:
            case ErrorKind.LOGIN:
                return LoginRefused(
                    f"Milvus at {server} does not take this user and password, or token. Put them "
                    "into FIRS_MILVUS_USER and FIRS_MILVUS_PASSWORD, or FIRS_MILVUS_TOKEN."
                )
            case ErrorKind.RIGHT:
                return NotAllowed(
                    f"The user has no right to do this at {server} ({self.said}). Let its "
                    "administrator grant it, or come as another user."
                )
            case ErrorKind.FULL:
                return ServerFull(
                    f"Milvus at {server} is full ({self.said}). Give it more disk or memory, or a "
                    "higher quota, then do this again: finished batches are kept."
                )
            case ErrorKind.TOO_OLD:
                return ServerTooOld(
                    f"Milvus at {server} cannot do this ({self.said}). Update it: 2.3 and later "
                    "will do."
                )
            case _:
                return self._naming(server)

    def _naming(self, server: str) -> FirsError:
        if self.kind is ErrorKind.TAKEN:
            return NameTaken(
                f"Something else has this name on {server} ({self.said}). Choose another name."
            )
        if self.kind is ErrorKind.ABSENT:
            return CollectionNotFound(
                f"{server} has no such collection or database ({self.said}). Make one: "
                "firs index DIR --store milvus://HOST:19530/NAME"
            )
        return ServerError(f"Milvus at {server} refuses this: {self.said}")

    def _hint(self, address: "Address") -> str:
        """Add another possible cause: gRPC reports a wrong certificate as an absent server."""
        if address.tls:
            return (
                " Or its certificate does not fit: name the file that it is checked with (?ca=FILE)"
                " and the name in it (&server_name=NAME)."
            )
        return " If the server is encrypted, write milvus+tls://."


def classify_error(error: Exception, address: "Address") -> ClassifiedError:
    """Classify an error of pymilvus or gRPC; the secret is never in its message."""
    status = _status(error)
    said = str(getattr(error, "message", "") or _details(error) or error)
    if address.secret:
        said = said.replace(address.secret, "***")
    code = getattr(error, "code", None)
    kind = (
        _STATUSES.get(status)
        or (ErrorKind.DOWN if "Fail connecting" in said else None)
        or (ErrorKind.REFUSED if _is_client_error(error, said) else None)
        or (_KINDS.get(code) if isinstance(code, int) else None)
        or _by_words(said)
    )
    return ClassifiedError(kind or ErrorKind.REFUSED, " ".join(said.split())[:300])


def _status(error: BaseException | None) -> str:
    """The name of gRPC's status, of the error or of one that it came from."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # pymilvus raises errors from themselves
        seen.add(id(error))
        code = getattr(error, "code", None)
        code = code() if callable(code) else code
        name = getattr(code, "name", None)
        if name in _STATUSES:
            return str(name)
        error = error.__cause__
    return ""


def _is_client_error(error: Exception, said: str) -> bool:
    return type(error).__name__ in _CLIENT_ERRORS or said.startswith(_UNEXPECTED)


def _details(error: Any) -> str:
    details = getattr(error, "details", None)
    return str(details()) if callable(details) else ""


def _by_words(said: str) -> ErrorKind | None:
    lowered = said.lower()
    return next((kind for words, kind in _WORDS.items() if words in lowered), None)
