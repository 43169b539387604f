import enum
from typing import Any

import pytest

from firs import errors
from firs.milvus.address import Address
from firs.milvus.troubles import Kind, trouble

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


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (Call(Status.UNAVAILABLE), Kind.DOWN),
        (Call(Status.DEADLINE_EXCEEDED), Kind.STALLED),
        (Call(Status.UNAUTHENTICATED), Kind.LOGIN),
        (Call(Status.PERMISSION_DENIED), Kind.RIGHT),
        (Call(Status.UNIMPLEMENTED), Kind.TOO_OLD),
        (Call(Status.INVALID_ARGUMENT), Kind.REFUSED),
        (Refusal(Status.UNAVAILABLE, "Retry timeout"), Kind.DOWN),
        (Refusal(2, "Fail connecting to server on host:1"), Kind.DOWN),
        (Refusal(8, "rate limit exceeded"), Kind.BUSY),
        (Refusal(503, "channel not available"), Kind.BUSY),
        (Refusal(101, "failed to search: collection not loaded"), Kind.NOT_LOADED),
        (Refusal(9, "quota exceeded"), Kind.FULL),
        (Refusal(7, "disk limit exceeded"), Kind.FULL),
        (Refusal(100, "can't find collection"), Kind.ABSENT),
        (Refusal(65535, "node offline"), Kind.BUSY),
        (Refusal(65535, "context deadline exceeded"), Kind.STALLED),
        (Refusal(65535, "create duplicate collection with different parameters"), Kind.TAKEN),
        (Refusal(65535, "cannot parse expression"), Kind.REFUSED),
        (Refusal(1100, "invalid parameter"), Kind.REFUSED),
    ],
)
def test_what_is_said_has_one_meaning(error: Exception, kind: Kind) -> None:
    assert trouble(error, ADDRESS).kind is kind


def test_the_cause_tells_what_the_error_does_not() -> None:
    error = Refusal(2, "Fail connecting to server")
    error.__cause__ = Call(Status.UNAUTHENTICATED)
    assert trouble(error, ADDRESS).kind is Kind.LOGIN


def test_an_error_that_is_its_own_cause_is_read() -> None:
    """As pymilvus raises them."""
    error = Refusal(100, "can't find collection")
    error.__cause__ = error
    assert trouble(error, ADDRESS).kind is Kind.ABSENT


def test_only_what_may_pass_is_tried_again() -> None:
    passing = {kind for kind in Kind if trouble_of(kind).may_pass}
    assert passing == {Kind.DOWN, Kind.STALLED, Kind.BUSY, Kind.NOT_LOADED}


def trouble_of(kind: Kind) -> Any:
    from firs.milvus.troubles import Trouble

    return Trouble(kind, "what was said")


@pytest.mark.parametrize(
    ("kind", "error", "cure"),
    [
        (Kind.DOWN, errors.ServerDown, "Start Milvus there, or correct the address"),
        (Kind.STALLED, errors.ServerStalled, "did not answer within 7 s"),
        (Kind.BUSY, errors.ServerStalled, "Wait until it has started"),
        (Kind.LOGIN, errors.LoginRefused, "FIRS_MILVUS_USER and FIRS_MILVUS_PASSWORD"),
        (Kind.RIGHT, errors.NotAllowed, "Let its administrator grant it"),
        (Kind.FULL, errors.ServerFull, "more disk or memory, or a higher quota"),
        (Kind.TOO_OLD, errors.ServerTooOld, "Update it"),
        (Kind.TAKEN, errors.NameTaken, "Choose another name"),
        (Kind.ABSENT, errors.CollectionNotFound, "firs index DIR"),
        (Kind.REFUSED, errors.ServerError, "what was said"),
    ],
)
def test_each_error_says_what_to_do(kind: Kind, error: type[Exception], cure: str) -> None:
    told = trouble_of(kind).error(ADDRESS, 7)
    assert type(told) is error
    assert cure in str(told)
    assert "host:19530" in str(told)


def test_the_secret_is_in_no_message() -> None:
    told = trouble(Refusal(5, "token ann:s3cr3t of  the\nuser"), ADDRESS)
    assert told.said == "token ann:*** of the user"
