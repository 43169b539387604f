"""Guards: each looks at a request before anything else does, and may refuse it."""

import hmac
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from firs.web.problems import SAFE, problem
from firs.web.server import MIB, Settings

Guard: TypeAlias = Callable[[Request], Response | None]
"""Returns the response to a request that must not go further, or None for one that may."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""

_UPLOADS = re.compile(r"/api/v1/collections/[^/]+/uploads")
_IMPORT = re.compile(r"/api/v1/collections/[^/]+/sessions/import")


class RequestMiddleware:
    """Middleware that applies guards, limits the size of bodies, and adds the default headers.

    The size is also limited if the request does not declare it.

    Args:
        app: the application.
        settings: the allowed hosts, the token and the limits.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._limits = settings.limits
        self._guards: list[Guard] = [
            HostGuard(settings.hosts),
            RateGuard(settings.limits.reads, settings.limits.writes),
            guard_origin,
            *([] if settings.token is None else [TokenGuard(settings.token)]),
            guard_type,
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope)
        refusal = next(filter(None, (guard(request) for guard in self._guards)), None)
        largest = self._body_limit(scope["path"])
        declared = request.headers.get("content-length", "")
        if refusal is None and declared.isdecimal() and int(declared) > largest:
            headers = {"Connection": "close"}
            refusal = problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _describe_limit(largest), headers=headers
            )
        await (refusal or self._app)(scope, _limit_body(receive, largest), send_with_headers)

    def _body_limit(self, path: str) -> int:
        """Return the largest allowed body of a request for a path, in bytes."""
        if _UPLOADS.fullmatch(path):
            return self._limits.upload_bytes + MIB  # a form contains more than its file
        return self._limits.import_bytes if _IMPORT.fullmatch(path) else self._limits.body_bytes


def _limit_body(receive: Receive, largest: int) -> Receive:
    total = 0

    async def count() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > largest:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _describe_limit(largest))
        return message

    return count


def _describe_limit(largest: int) -> str:
    return f"The request is larger than {largest // MIB} MiB, the limit of this server."


def guard_type(request: Request) -> Response | None:
    """Refuse bodies of types that a form of another site could send."""
    has_body = "transfer-encoding" in request.headers or (
        request.headers.get("content-length", "0") != "0"
    )
    if request.method in SAFE_METHODS or not has_body:
        return None
    required = "multipart/form-data" if _UPLOADS.fullmatch(request.url.path) else "application/json"
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == required:
        return None
    return problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"Send this as Content-Type: {required}.")


BURST_SECONDS = 10
_CLIENTS = 1_000


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
        """Check one request."""
        is_read = request.method in SAFE_METHODS
        address = request.client.host if request.client else ""
        if self._take((address, is_read), self._rates[is_read]):
            return None
        return problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "Too many requests in a short time; wait a second, then go on.",
            headers={"Retry-After": "1"},
        )

    def _take(self, key: tuple[str, bool], rate: float) -> bool:
        now, capacity = self._clock(), rate * BURST_SECONDS
        bucket = self._buckets.pop(key, None) or _Bucket(capacity, now)
        bucket.left = min(capacity, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        is_allowed = bucket.left >= 1
        bucket.left -= is_allowed
        self._buckets[key] = bucket
        if len(self._buckets) > _CLIENTS:
            self._buckets.popitem(last=False)
        return is_allowed


_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/@\s]+)(:\d{1,5})?")


class HostGuard:
    """Guard that refuses requests to any host name but the given ones."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower().strip("[]") for name in names)

    def __call__(self, request: Request) -> Response | None:
        """Check one request."""
        hosts = request.headers.getlist("host")
        if len(hosts) == 1 and host_name(hosts[0]) in self._names:
            return None
        return problem(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This server does not answer under that name. Where the name is yours, start the "
            "server with --allowed-host NAME.",
        )


def host_name(host: str) -> str | None:
    """Return the name in a Host header, without port and brackets, in lower case.

    >>> host_name("LocalHost:8017"), host_name("[::1]:8017"), host_name("a b")
    ('localhost', '::1', None)
    """
    found = _HOST.fullmatch(host)
    return found["name"].strip("[]").lower() if found else None


def guard_origin(request: Request) -> Response | None:
    """Refuse requests from pages of other sites."""
    if _is_from_own_page(request) or _is_navigation(request):
        return None
    return problem(HTTPStatus.FORBIDDEN, "Requests from a page of another site are refused.")


def _is_from_own_page(request: Request) -> bool:
    """Return whether the Origin header (RFC 6454) and the browser name our own origin, if any."""
    origin = request.headers.get("origin")
    own = f"{request.url.scheme}://{request.headers.get('host', '').lower()}"
    is_same_site = request.headers.get("sec-fetch-site", "none") in ("same-origin", "none")
    return is_same_site and (origin is None or origin.lower() == own)


def _is_navigation(request: Request) -> bool:
    """Return whether the request follows a link to our page; the origin cannot see its content."""
    follows_a_link = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
    return request.method in SAFE_METHODS and follows_a_link and "origin" not in request.headers


COOKIE = "firs_token"
PARAMETER = "token"


class TokenGuard:
    """Guard that refuses requests without the token.

    The token is sent as ``Authorization: Bearer TOKEN``, or as a cookie, which a browser gets by
    opening ``/?token=TOKEN`` once; the address that it is then redirected to has no token.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Request) -> Response | None:
        """Check one request."""
        if request.url.path == "/" and PARAMETER in request.query_params:
            if self._is_valid(request.query_params[PARAMETER]):
                return self._set_cookie(request)
        elif self._is_valid(_bearer(request)) or self._is_valid(request.cookies.get(COOKIE)):
            return None
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "This server requires its token. Open the address that firs serve printed, or send "
            "the header Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def _set_cookie(self, request: Request) -> Response:
        query = request.url.remove_query_params(PARAMETER).query
        response = RedirectResponse(f"/?{query}" if query else "/", HTTPStatus.SEE_OTHER)
        response.set_cookie(
            COOKIE,
            self._token,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return response

    def _is_valid(self, given: str | None) -> bool:
        return given is not None and hmac.compare_digest(given.encode(), self._token.encode())


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None
