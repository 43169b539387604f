import pytest
from starlette.requests import Request
from starlette.responses import Response

from firs.web.image_files import respond_with_etag


def asked(tag: str | None) -> Request:
    headers = [] if tag is None else [(b"if-none-match", tag.encode())]
    return Request({"type": "http", "method": "GET", "headers": headers})


@pytest.mark.parametrize("tag", ['"a"', 'W/"a"', '"b", "a"', "*"])
def test_what_the_client_has_is_not_made(tag: str) -> None:
    answer = respond_with_etag(asked(tag), '"a"', "private", lambda: pytest.fail("it was made"))
    assert answer.status_code == 304
    assert answer.headers["etag"] == '"a"'
    assert answer.body == b""


@pytest.mark.parametrize("tag", [None, '"b"', "a", ""])
def test_what_it_has_not_is_made(tag: str | None) -> None:
    answer = respond_with_etag(asked(tag), '"a"', "private", lambda: Response(b"new"))
    assert (answer.status_code, answer.body) == (200, b"new")
    assert answer.headers["cache-control"] == "private"
