"""Allowed origins of requests: our own page, or no page at all.

Any page that a browser shows may send requests to this machine. Requests that change something are
refused unless they come from our own page (Fetch Metadata, W3C 2021; Origin, RFC 6454), and
requests for what another page may embed or read through the API are refused too.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from firs.web.guards import SAFE_METHODS
from firs.web.problems import problem

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
