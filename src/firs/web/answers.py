"""Answers that carry bytes a browser may keep: with a strong ETag, or 304 where it has them."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response


def respond_with_etag(
    request: Request, tag: str, cache: str, make: Callable[[], Response]
) -> Response:
    """Return the response of ``make``, or 304 if the client has the version ``tag``.

    Args:
        request: the request with its ``If-None-Match`` header (RFC 9110, 13.1.2).
        tag: a strong ETag, in quotes.
        cache: the Cache-Control header.
        make: creates the response; not called if the client has the version.
    """
    asked = request.headers.get("if-none-match", "")
    known = {given.strip().removeprefix("W/") for given in asked.split(",")}
    answer = Response(status_code=HTTPStatus.NOT_MODIFIED) if known & {tag, "*"} else make()
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = cache
    return answer
