"""Answers that carry bytes a browser may keep: with a strong ETag, or 304 where it has them."""

from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response


def respond_with_etag(
    request: Request, tag: str, cache: str, make: Callable[[], Response]
) -> Response:
    """The answer that ``make`` gives, or 304 if the client has what ``tag`` names.

    Args:
        request: whose ``If-None-Match`` is looked at (RFC 9110, 13.1.2).
        tag: a strong ETag, in quotes.
        cache: the Cache-Control header.
        make: makes the answer; not called where the client has it.
    """
    asked = request.headers.get("if-none-match", "")
    known = {given.strip().removeprefix("W/") for given in asked.split(",")}
    answer = Response(status_code=HTTPStatus.NOT_MODIFIED) if known & {tag, "*"} else make()
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = cache
    return answer
