import pytest
from starlette.requests import Request
from starlette.responses import Response

from firs.web.image_files import respond_with_etag


def request(tag: str | None) -> Request:
    headers = [] if tag is None else [(b"if-none-match", tag.encode())]
    return Request({"type": "http", "method": "GET", "headers": headers})


@pytest.mark.parametrize("tag", ['"a"', 'W/"a"', '"b", "a"', "*"])
def test_known_version_is_not_sent(tag: str) -> None:
    answer = respond_with_etag(request(tag), '"a"', "private", lambda: pytest.fail("it was made"))
    assert answer.status_code == 304
    assert answer.headers["etag"] == '"a"'
    assert answer.body == b""


@pytest.mark.parametrize("tag", [None, '"b"', "a", ""])
def test_unknown_version_is_sent(tag: str | None) -> None:
    answer = respond_with_etag(request(tag), '"a"', "private", lambda: Response(b"new"))
    assert (answer.status_code, answer.body) == (200, b"new")
    assert answer.headers["cache-control"] == "private"
