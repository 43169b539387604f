"""Errors → problem documents (RFC 9457), and never a stack trace.

The detail of an error of ours is its message: it names the next step. An unexpected error is logged
with its trace on the server, and the client receives only a general message.
"""

import logging
import os
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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


class SafeHeaders:
    """Middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, with_headers)


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
    """One invalid part of a request."""

    at: str = Field(description="Where in the request, such as body.terms.0.weight.")
    reason: str


class Problem(BaseModel):
    """An error, in the form of RFC 9457."""

    type: str = Field(description="about:blank, or which kind of error of QT-FIRS it is.")
    title: str
    status: int
    detail: str = Field(description="What went wrong, and what to do next.")
    mistakes: list[FieldError] | None = None


class NotFound(HTTPException):
    """Nothing exists under this id; the message names what was looked up."""

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
    """Register handlers that turn every error of an app into a problem document."""
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


def readable(path: str | Path) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become question marks.

    >>> readable("caf\udce9.jpg")
    'caf\ufffd.jpg'
    """
    return os.fsencode(path).decode(errors="replace")
