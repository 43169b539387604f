"""Errors → problem documents (RFC 9457), and never a stack trace.

The detail of a ``FirsError`` is its message: it names the next step. An unexpected error is logged
with its trace on the server, and the client receives only a general message.
"""

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from firs import errors

SAFE = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Default headers of every response, which a response may override."""


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
"""The status of each kind of error; the first match counts."""

_log = logging.getLogger(__name__)


class FieldError(BaseModel):
    """One invalid part of a request."""

    at: str = Field(description="Where in the request, such as body.terms.0.weight.")
    reason: str


class Problem(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field(description="about:blank, or where this kind of error is described.")
    title: str
    status: int
    detail: str = Field(description="What went wrong, and what to do next.")
    mistakes: list[FieldError] | None = None


class NotFound(HTTPException):
    """Nothing exists under this id; the message names what was looked up."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, message)


def problem(
    status: int,
    detail: str,
    *,
    type_: str = "about:blank",
    headers: Mapping[str, str] | None = None,
    mistakes: list[FieldError] | None = None,
) -> Response:
    """Return a problem document as a response."""
    title = HTTPStatus(status).phrase
    document = Problem(type=type_, title=title, status=status, detail=detail, mistakes=mistakes)
    return JSONResponse(
        document.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE
    )


def problem_of(error: errors.FirsError) -> Response:
    """Return the problem document of an error."""
    status = next(status for kind, status in STATUSES if isinstance(error, kind))
    return problem(status, str(error), type_=f"/docs#{kind_of(type(error))}")


def kind_of(error: type[errors.FirsError]) -> str:
    """Name an error as the documentation does.

    >>> kind_of(errors.CollectionBusy)
    'collection-busy'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "-", error.__name__).lower()


def handle_problems(app: FastAPI) -> None:
    """Register handlers that turn every error of an app into a problem document."""
    app.exception_handler(errors.FirsError)(_handle_firs_error)
    app.exception_handler(HTTPException)(_handle_http_error)
    app.exception_handler(RequestValidationError)(_handle_invalid_request)
    app.exception_handler(Exception)(_handle_unexpected)


async def _handle_firs_error(_: Request, error: errors.FirsError) -> Response:
    return problem_of(error)


async def _handle_http_error(_: Request, error: HTTPException) -> Response:
    return problem(error.status_code, str(error.detail), headers=error.headers)


async def _handle_invalid_request(_: Request, error: RequestValidationError) -> Response:
    mistakes = [
        FieldError(at=".".join(map(str, found["loc"])), reason=str(found["msg"]))
        for found in error.errors()
    ]
    summary = "; ".join(f"{mistake.at}: {mistake.reason}" for mistake in mistakes[:3])
    return problem(
        HTTPStatus.UNPROCESSABLE_ENTITY, f"The request is invalid: {summary}.", mistakes=mistakes
    )


async def _handle_unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something unexpected went wrong. The server's log has the reason.",
        headers=SAFE,
    )
