"""Whatever goes wrong → a problem document (RFC 9457), and never a stack trace.

The detail of an error of ours is its message: it says what to do next. What nobody foresaw is
logged with its trace on the server, and the client is told that and no more.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from firs import errors
from firs.web.headers import SAFE

MEDIA_TYPE = "application/problem+json"

STATUSES: tuple[tuple[type[errors.FirsError], HTTPStatus], ...] = (
    (errors.CollectionNotFound, HTTPStatus.CONFLICT),
    (errors.CollectionBusy, HTTPStatus.CONFLICT),
    (errors.StorageError, HTTPStatus.INSUFFICIENT_STORAGE),
    (errors.ServerError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.ClusterError, HTTPStatus.SERVICE_UNAVAILABLE),
    (errors.CollectionError, HTTPStatus.CONFLICT),
    (errors.EncoderError, HTTPStatus.CONFLICT),
    (errors.MissingExtra, HTTPStatus.CONFLICT),
    (errors.SessionNotFound, HTTPStatus.NOT_FOUND),
    (errors.FirsError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
"""What an error of ours means over HTTP; the first that fits counts."""

_log = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One part of a request that cannot be meant."""

    at: str = Field(description="Where in the request, such as body.terms.0.weight.")
    reason: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 writes it."""

    type: str = Field(description="about:blank, or which kind of error of QT-FIRS it is.")
    title: str
    status: int
    detail: str = Field(description="What went wrong, and what to do next.")
    mistakes: list[FieldError] | None = None


class NotFound(HTTPException):
    """Nothing is there under this id; the message says what was looked for."""

    def __init__(self, what: str) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, what)


def problem(
    status: int,
    detail: str,
    *,
    type_: str = "about:blank",
    headers: Mapping[str, str] | None = None,
    mistakes: Sequence[FieldError] | None = None,
) -> Response:
    """Write a problem document."""
    told = Problem(
        type=type_,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        mistakes=None if mistakes is None else list(mistakes),
    )
    return JSONResponse(
        told.model_dump(exclude_none=True),
        status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def of_error(error: errors.FirsError) -> Response:
    """Write the problem document of an error of ours."""
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    return problem(status, str(error), type_=f"/docs#{kind_of(type(error))}")


def kind_of(error: type[errors.FirsError]) -> str:
    """Name an error as the documentation does.

    >>> kind_of(errors.CollectionBusy)
    'collection-busy'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()


def handle_problems(app: FastAPI) -> None:
    """Let an app answer with problem documents, whatever goes wrong in it."""
    app.exception_handler(errors.FirsError)(_ours)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_not_understood)
    app.exception_handler(Exception)(_unforeseen)


async def _ours(_: Request, error: errors.FirsError) -> Response:
    return of_error(error)


async def _http_error(_: Request, error: HTTPException) -> Response:
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _not_understood(_: Request, error: RequestValidationError) -> Response:
    mistakes = [_mistake(found) for found in error.errors()]
    told = "; ".join(f"{mistake.at}: {mistake.reason}" for mistake in mistakes[:3])
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        f"The request is not understood: {told}.",
        mistakes=mistakes,
    )


def _mistake(found: Mapping[str, Any]) -> FieldError:
    return FieldError(at=".".join(map(str, found["loc"])), reason=str(found["msg"]))


async def _unforeseen(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong that was not foreseen. The server's log tells what it was.",
        headers=SAFE,
    )
