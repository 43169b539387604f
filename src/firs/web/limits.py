"""Limits per client: requests per second, and the size, type and time of each request."""

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from firs.milvus.retry import limit_wait
from firs.web.guards import SAFE_METHODS
from firs.web.problems import problem
from firs.web.settings import MIB, Limits

BURST_SECONDS = 10
_CLIENTS = 1_000
_UPLOADS = re.compile(r"/api/v1/collections/[^/]+/uploads")
_IMPORT = re.compile(r"/api/v1/collections/[^/]+/sessions/import")


@dataclass(slots=True)
class _Bucket:
    """A token bucket (Turner, 1986): it fills with time and each request takes one."""

    left: float
    at: float


class RateGuard:
    """Rate limiter of the reads and writes per second of one address.

    Args:
        reads: allowed requests per second that change nothing.
        writes: allowed requests per second that change something.
        clock: returns the time in seconds.
    """

    def __init__(
        self, reads: float, writes: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rates = {True: reads, False: writes}
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, bool], _Bucket] = OrderedDict()

    def __call__(self, request: Request) -> Response | None:
        """Look at one request."""
        reads = request.method in SAFE_METHODS
        address = request.client.host if request.client else ""
        if self._take((address, reads), self._rates[reads]):
            return None
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many requests in a short time; wait a second, then go on.",
            headers={"Retry-After": "1"},
        )

    def _take(self, who: tuple[str, bool], rate: float) -> bool:
        now, most = self._clock(), rate * BURST_SECONDS
        bucket = self._buckets.pop(who, None) or _Bucket(most, now)
        bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        allowed = bucket.left >= 1
        bucket.left -= allowed
        self._buckets[who] = bucket
        if len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        return allowed


def guard_type(request: Request) -> Response | None:
    """Refuse bodies of types that a form of another site could send."""
    if request.method in SAFE_METHODS or not _has_body(request):
        return None
    wanted = "multipart/form-data" if _UPLOADS.fullmatch(request.url.path) else "application/json"
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given == wanted:
        return None
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send this as Content-Type: {wanted}.")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or (
        request.headers.get("content-length", "0") != "0"
    )


class WaitLimit:
    """Middleware that limits the time that one request waits for collections on servers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the threads that work on it share the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with limit_wait():
            await self._app(scope, receive, send)


class BodyLimit:
    """Middleware that stops reading a request when it grows too large."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._most(scope["path"])
        declared = Request(scope).headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > most:
            await _too_large(most)(scope, receive, send)
            return
        await self._app(scope, _limit_body(receive, most), send)

    def _most(self, path: str) -> int:
        if _UPLOADS.fullmatch(path):
            return self._limits.upload_bytes + MIB  # a form has more in it than its file
        return self._limits.import_bytes if _IMPORT.fullmatch(path) else self._limits.body_bytes


def _limit_body(receive: Receive, most: int) -> Receive:
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _too_large_message(most))
        return message

    return counted


def _too_large(most: int) -> Response:
    return problem(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        _too_large_message(most),
        headers={"Connection": "close"},
    )


def _too_large_message(most: int) -> str:
    return f"The request is larger than the {most // MIB} MiB that are taken here."
