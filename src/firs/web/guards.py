"""Guards: each looks at a request before anything else does, and may refuse it."""

import hmac
import re
from collections.abc import Callable, Collection, Sequence
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from firs.web.problems import problem

Guard: TypeAlias = Callable[[Request], Response | None]
"""Gives the answer of a request that must not go further, or None for one that may."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1)."""


class SecurityMiddleware:
    """Middleware that applies some guards in turn."""

    def __init__(self, app: ASGIApp, guards: Sequence[Guard]) -> None:
        self._app = app
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            request = Request(scope)
            for guard in self._guards:
                refused = guard(request)
                if refused is not None:
                    await refused(scope, receive, send)
                    return
        await self._app(scope, receive, send)


_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^\[\]:/@\s]+)(:\d{1,5})?")


class HostGuard:
    """Refuses requests to any name but the given ones."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = frozenset(name.lower().strip("[]") for name in names)

    def __call__(self, request: Request) -> Response | None:
        """Look at one request."""
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


_OURS = frozenset({"same-origin", "none"})


def guard_origin(request: Request) -> Response | None:
    """Look at one request."""
    if _from_us(request) or _only_looks(request):
        return None
    return problem(
        HTTPStatus.FORBIDDEN, "Requests that come from another site's page are not answered."
    )


def _from_us(request: Request) -> bool:
    site = request.headers.get("sec-fetch-site", "none")
    origin = request.headers.get("origin")
    return site in _OURS and (origin is None or _is_own(origin, request))


def _is_own(origin: str, request: Request) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return (parts.scheme, parts.netloc.lower()) == (
        request.url.scheme,
        request.headers.get("host", "").lower(),
    )


def _only_looks(request: Request) -> bool:
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
        """Look at one request."""
        if request.url.path == "/" and PARAMETER in request.query_params:
            return self._greet(request)
        if self._is_it(_bearer(request)) or self._is_it(request.cookies.get(COOKIE)):
            return None
        return self._refuse()

    def _greet(self, request: Request) -> Response:
        if not self._is_it(request.query_params[PARAMETER]):
            return self._refuse()
        query = request.url.remove_query_params(PARAMETER).query
        answer = RedirectResponse(f"/?{query}" if query else "/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(
            COOKIE,
            self._token,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
        )
        return answer

    def _is_it(self, shown: str | None) -> bool:
        return shown is not None and hmac.compare_digest(shown.encode(), self._token.encode())

    @staticmethod
    def _refuse() -> Response:
        return problem(
            HTTPStatus.UNAUTHORIZED,
            "This server asks for its token. Open the address that firs serve printed, or send "
            "the header Authorization: Bearer TOKEN.",
            headers={"WWW-Authenticate": "Bearer"},
        )


def _bearer(request: Request) -> str | None:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return shown.strip() if scheme.lower() == "bearer" else None
