import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import Serve, problem

TOKEN = "correct-horse-battery"


@pytest.fixture
def guarded(serve: Serve) -> TestClient:
    return serve(token=TOKEN)


@pytest.mark.parametrize("path", ["/", "/docs", "/api/v1/about", "/api/v1/openapi.json", "/nope"])
def test_nothing_is_served_without_the_token(guarded: TestClient, path: str) -> None:
    answer = guarded.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert TOKEN not in problem(answer)["detail"]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": TOKEN},
        {"cookie": "firs_token=wrong"},
        {"authorization": "Bearer caf\xe9"},
    ],
)
def test_wrong_token_is_refused(guarded: TestClient, headers: dict[str, str]) -> None:
    sent = {name.encode(): shown.encode("latin-1") for name, shown in headers.items()}
    assert guarded.get("/api/v1/about", headers=sent).status_code == 401
    assert guarded.post("/api/v1/collections", headers=sent).status_code == 401


def test_program_sends_the_token_in_a_header(guarded: TestClient) -> None:
    headers = {"authorization": f"bearer {TOKEN}"}
    assert guarded.get("/api/v1/about", headers=headers).status_code == 200


def test_a_browser_gets_a_cookie_and_an_address_without_it(guarded: TestClient) -> None:
    answer = guarded.get(f"/?c=cats&token={TOKEN}&s=1", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/?c=cats&s=1"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert guarded.get("/api/v1/about").status_code == 200


def test_a_wrong_token_in_the_address_gives_no_cookie(guarded: TestClient) -> None:
    answer = guarded.get("/?token=wrong", follow_redirects=False)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
