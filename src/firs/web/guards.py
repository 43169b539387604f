"""Guards: each looks at a request before anything else does, and may refuse it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

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
