import pytest
from fastapi.testclient import TestClient

from firs.web.guards import host_name
from tests.web.conftest import Serve, problem

OURS = ["localhost", "LOCALHOST:8017", "127.0.0.1", "127.0.0.1:9", "[::1]", "[::1]:8017"]
OTHERS = [
    "evil.example",
    "evil.example:8017",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "localhost@evil.example",
    "evil.example#localhost",
    "127.0.0.2",
    "0.0.0.0",
    "[::1",
    "",
]


@pytest.mark.parametrize("host", OURS)
def test_own_host_names_are_accepted(client: TestClient, host: str) -> None:
    assert client.get("/api/v1/about", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", OTHERS)
@pytest.mark.parametrize("path", ["/", "/api/v1/collections", "/docs"])
def test_foreign_host_name_is_refused(client: TestClient, host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 421
    assert "--allowed-host" in problem(answer)["detail"]


def test_allowed_host_name_is_accepted(serve: Serve) -> None:
    client = serve(hosts={"nas.local"})
    assert client.get("/api/v1/about", headers={"host": "NAS.local:8017"}).status_code == 200
    assert client.get("/api/v1/about", headers={"host": "localhost"}).status_code == 421


def test_two_host_headers_are_refused(client: TestClient) -> None:
    headers = [("host", "localhost"), ("host", "evil.example")]
    assert client.get("/api/v1/about", headers=headers).status_code == 421


def test_names_without_ports() -> None:
    assert host_name("Photos.Example:80") == "photos.example"
    assert host_name("[FE80::1]:80") == "fe80::1"
    assert host_name("a b") is None
