import enum
from typing import Any

import pytest

from firs import errors
from firs.milvus.address import Address
from firs.milvus.errors import ErrorKind, classify_error

ADDRESS = Address.parse("milvus://ann:s3cr3t@host/photos", {})


class Status(enum.Enum):
    UNAVAILABLE = 14
    DEADLINE_EXCEEDED = 4
    UNAUTHENTICATED = 16
    PERMISSION_DENIED = 7
    UNIMPLEMENTED = 12
    INVALID_ARGUMENT = 3


class Call(Exception):
    """As gRPC raises it: its status and what is said are asked for."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self.code = lambda: status
        self.details = lambda: "what gRPC says"


class Refusal(Exception):
    """As pymilvus raises it."""

    def __init__(self, code: Any, message: str) -> None:
        super().__init__()
        self.code, self.message = code, message


class ParamError(Refusal):
    """As pymilvus raises it without asking the server."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Refusal(1, "service not ready"), ErrorKind.BUSY),
        (ParamError(1, "field (path) expects string input"), ErrorKind.REFUSED),
        (Refusal(1, "Unexpected error, message=<surrogates not allowed>"), ErrorKind.REFUSED),
        (Call(Status.UNAVAILABLE), ErrorKind.DOWN),
        (Call(Status.DEADLINE_EXCEEDED), ErrorKind.STALLED),
        (Call(Status.UNAUTHENTICATED), ErrorKind.LOGIN),
        (Call(Status.PERMISSION_DENIED), ErrorKind.RIGHT),
        (Call(Status.UNIMPLEMENTED), ErrorKind.TOO_OLD),
        (Call(Status.INVALID_ARGUMENT), ErrorKind.REFUSED),
        (Refusal(Status.UNAVAILABLE, "Retry timeout"), ErrorKind.DOWN),
        (Refusal(2, "Fail connecting to server on host:1"), ErrorKind.DOWN),
        (Refusal(8, "rate limit exceeded"), ErrorKind.BUSY),
        (Refusal(503, "channel not available"), ErrorKind.BUSY),
        (Refusal(101, "failed to search: collection not loaded"), ErrorKind.NOT_LOADED),
        (Refusal(9, "quota exceeded"), ErrorKind.FULL),
        (Refusal(7, "disk limit exceeded"), ErrorKind.FULL),
        (Refusal(100, "can't find collection"), ErrorKind.ABSENT),
        (Refusal(65535, "node offline"), ErrorKind.BUSY),
        (Refusal(65535, "context deadline exceeded"), ErrorKind.STALLED),
        (Refusal(65535, "create duplicate collection with different parameters"), ErrorKind.TAKEN),
        (Refusal(65535, "cannot parse expression"), ErrorKind.REFUSED),
        (Refusal(1100, "invalid parameter"), ErrorKind.REFUSED),
    ],
)
def test_each_error_is_classified(error: Exception, kind: ErrorKind) -> None:
    assert classify_error(error, ADDRESS).kind is kind


def test_the_cause_of_an_error_classifies_it() -> None:
    error = Refusal(2, "Fail connecting to server")
    error.__cause__ = Call(Status.UNAUTHENTICATED)
    assert classify_error(error, ADDRESS).kind is ErrorKind.LOGIN


def test_an_error_that_is_its_own_cause_is_read() -> None:
    """As pymilvus raises them."""
    error = Refusal(100, "can't find collection")
    error.__cause__ = error
    assert classify_error(error, ADDRESS).kind is ErrorKind.ABSENT


def test_only_temporary_errors_are_retried() -> None:
    passing = {kind for kind in ErrorKind if trouble_of(kind).is_temporary}
    assert passing == {ErrorKind.DOWN, ErrorKind.STALLED, ErrorKind.BUSY, ErrorKind.NOT_LOADED}


def trouble_of(kind: ErrorKind) -> Any:
    from firs.milvus.errors import ClassifiedError

    return ClassifiedError(kind, "the reason")


@pytest.mark.parametrize(
    ("kind", "error", "cure"),
    [
        (ErrorKind.DOWN, errors.ServerDown, "Start Milvus there, or correct the address"),
        (ErrorKind.STALLED, errors.ServerStalled, "did not answer within 7 s"),
        (ErrorKind.BUSY, errors.ServerStalled, "Wait until it has started"),
        (ErrorKind.LOGIN, errors.LoginRefused, "FIRS_MILVUS_USER and FIRS_MILVUS_PASSWORD"),
        (ErrorKind.RIGHT, errors.NotAllowed, "Let its administrator grant it"),
        (ErrorKind.FULL, errors.ServerFull, "more disk or memory, or a higher quota"),
        (ErrorKind.TOO_OLD, errors.ServerTooOld, "Update it"),
        (ErrorKind.TAKEN, errors.NameTaken, "Choose another name"),
        (ErrorKind.ABSENT, errors.CollectionNotFound, "firs index DIR"),
        (ErrorKind.REFUSED, errors.ServerError, "the reason"),
    ],
)
def test_each_error_names_the_remedy(kind: ErrorKind, error: type[Exception], cure: str) -> None:
    told = trouble_of(kind).error(ADDRESS, 7)
    assert type(told) is error
    assert cure in str(told)
    assert "host:19530" in str(told)


def test_the_secret_is_in_no_message() -> None:
    told = classify_error(Refusal(5, "token ann:s3cr3t of  the\nuser"), ADDRESS)
    assert told.reason == "token ann:*** of the user"
