import pytest
from fastapi.testclient import TestClient

from firs.web.problems import SAFE


@pytest.mark.parametrize("path", ["/docs", "/api/v1/about", "/api/v1/nothing", "/docs.css"])
def test_every_response_has_the_default_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers[name] for name in SAFE} == SAFE
    assert "server" not in answer.headers


def test_response_can_override_a_default_header(client: TestClient, at: str) -> None:
    policy = client.get(f"{at}/images/1/file").headers["content-security-policy"]
    assert policy == "default-src 'none'; sandbox"
