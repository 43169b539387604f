"""Errors of a Milvus server and of the network: one clear exception for each, temporary or not."""

from dataclasses import dataclass
from enum import Enum, auto

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
from firs.milvus.address import Address


class ErrorKind(Enum):
    """The kinds of errors of a server."""

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


_TEMPORARY = {ErrorKind.DOWN, ErrorKind.STALLED, ErrorKind.BUSY, ErrorKind.NOT_LOADED}

# Milvus's error codes, from 2.3 on; errors with other codes are classified by their messages.
_BUSY = {1, 2, 4, 8, 11, 12, 103, 106, 202, 305, 401, 500, 501, 503, 601, 602}
_BUSY |= {901, 902, 903, 905, 906}
_KINDS_BY_CODE = (
    dict.fromkeys(_BUSY, ErrorKind.BUSY)
    | dict.fromkeys((3, 7, 9, 102, 250), ErrorKind.FULL)
    | dict.fromkeys((101, 201), ErrorKind.NOT_LOADED)
    | dict.fromkeys((100, 800), ErrorKind.ABSENT)
    | dict.fromkeys((1400, 1800), ErrorKind.LOGIN)
    | {10: ErrorKind.TOO_OLD, 1401: ErrorKind.RIGHT}
)
_KINDS_BY_STATUS = {
    "UNAVAILABLE": ErrorKind.DOWN,
    "CANCELLED": ErrorKind.DOWN,
    "DEADLINE_EXCEEDED": ErrorKind.STALLED,
    "UNAUTHENTICATED": ErrorKind.LOGIN,
    "PERMISSION_DENIED": ErrorKind.RIGHT,
    "UNIMPLEMENTED": ErrorKind.TOO_OLD,
}
_KINDS_BY_WORDS = {
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

_CLIENT_ERRORS = {"ParamError", "DataNotMatchException", "DataTypeNotMatchException"}
_UNEXPECTED = "Unexpected error, message="
"""Requests that pymilvus itself rejects have the code of a server that is not ready; they are
recognised by these classes, or by this beginning of their message."""

_NOT_READY = (
    "Milvus at {server} is not ready yet ({reason}). Wait until it has started and loaded, then do "
    "this again."
)
_ERRORS: dict[ErrorKind, tuple[type[FirsError], str]] = {
    ErrorKind.DOWN: (
        ServerDown,
        "No Milvus server answers at {server}. Start Milvus there, or correct the address; nothing "
        "that was acknowledged is lost. {hint}",
    ),
    ErrorKind.STALLED: (
        ServerStalled,
        "Milvus at {server} did not answer within {seconds:.0f} s. Look whether it is overloaded "
        "or the network is down, then do this again.",
    ),
    ErrorKind.BUSY: (ServerStalled, _NOT_READY),
    ErrorKind.NOT_LOADED: (ServerStalled, _NOT_READY),
    ErrorKind.LOGIN: (
        LoginRefused,
        "Milvus at {server} does not accept this user and password, or token. Put them into "
        "FIRS_MILVUS_USER and FIRS_MILVUS_PASSWORD, or FIRS_MILVUS_TOKEN.",
    ),
    ErrorKind.RIGHT: (
        NotAllowed,
        "The user has no right to do this at {server} ({reason}). Let its administrator grant it, "
        "or log in as another user.",
    ),
    ErrorKind.FULL: (
        ServerFull,
        "Milvus at {server} is full ({reason}). Give it more disk or memory, or a higher quota, "
        "then do this again: finished batches are kept.",
    ),
    ErrorKind.TOO_OLD: (
        ServerTooOld,
        "Milvus at {server} cannot do this ({reason}). Update it to 2.3 or later.",
    ),
    ErrorKind.TAKEN: (
        NameTaken,
        "Something else has this name on {server} ({reason}). Choose another name.",
    ),
    ErrorKind.ABSENT: (
        CollectionNotFound,
        "{server} has no such collection or database ({reason}). Make one: "
        "firs index DIR --store milvus://HOST:19530/NAME",
    ),
    ErrorKind.REFUSED: (ServerError, "Milvus at {server} rejects this: {reason}"),
}


@dataclass(frozen=True, slots=True)
class ClassifiedError:
    """An error of a server or of the network.

    Args:
        kind: its kind.
        reason: the server's message on one line, without secrets.
    """

    kind: ErrorKind
    reason: str

    @property
    def is_temporary(self) -> bool:
        """Return whether the same request may succeed later."""
        return self.kind in _TEMPORARY

    def error(self, address: Address, seconds: float) -> FirsError:
        """Return the exception to raise after so many seconds without a result."""
        class_, message = _ERRORS[self.kind]
        # gRPC reports a wrong certificate like an absent server.
        hint = (
            "Or its certificate does not fit: name the file that it is checked with (?ca=FILE) and "
            "the name in it (&server_name=NAME)."
            if address.tls
            else "If the server is encrypted, write milvus+tls://."
        )
        return class_(
            message.format(server=address.server, reason=self.reason, seconds=seconds, hint=hint)
        )


def classify_error(error: Exception, address: Address) -> ClassifiedError:
    """Classify an error of pymilvus or gRPC, without the address's secret in its message."""
    details = getattr(error, "details", None)
    message = getattr(error, "message", "") or (details() if callable(details) else "") or error
    reason = str(message)
    if address.secret:
        reason = reason.replace(address.secret, "***")
    return ClassifiedError(_kind_of(error, reason), " ".join(reason.split())[:300])


def _kind_of(error: Exception, reason: str) -> ErrorKind:
    if status := _grpc_status(error):
        return _KINDS_BY_STATUS[status]
    if "Fail connecting" in reason:
        return ErrorKind.DOWN
    if type(error).__name__ in _CLIENT_ERRORS or reason.startswith(_UNEXPECTED):
        return ErrorKind.REFUSED
    code, lowered = getattr(error, "code", None), reason.lower()
    if isinstance(code, int) and code in _KINDS_BY_CODE:
        return _KINDS_BY_CODE[code]
    kinds = (kind for words, kind in _KINDS_BY_WORDS.items() if words in lowered)
    return next(kinds, ErrorKind.REFUSED)


def _grpc_status(error: BaseException | None) -> str:
    """Return the name of gRPC's status, of the error or of one of its causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # pymilvus raises errors from themselves
        seen.add(id(error))
        code = getattr(error, "code", None)
        name = getattr(code() if callable(code) else code, "name", None)
        if name in _KINDS_BY_STATUS:
            return str(name)
        error = error.__cause__
    return ""
