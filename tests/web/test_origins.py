import pytest
from fastapi.testclient import TestClient

from tests.web.conftest import ADDRESS, problem

FOREIGN = [
    {"origin": "http://evil.example"},
    {"origin": "http://127.0.0.1:9999"},
    {"origin": "https://127.0.0.1:8017"},
    {"origin": "null"},
    {"origin": "http://[evil"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"origin": ADDRESS, "sec-fetch-site": "cross-site"},
]
OWN = [{}, {"origin": ADDRESS}, {"origin": ADDRESS, "sec-fetch-site": "same-origin"}]


@pytest.mark.parametrize("headers", FOREIGN)
def test_page_of_another_site_changes_nothing(
    client: TestClient, at: str, headers: dict[str, str]
) -> None:
    for method, path in (("POST", f"{at}/index"), ("DELETE", "/api/v1/jobs/x")):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert "another site" in problem(answer)["detail"]
    assert client.get("/api/v1/jobs").json() == []


@pytest.mark.parametrize("headers", OWN)
def test_own_page_and_programs_are_allowed(client: TestClient, headers: dict[str, str]) -> None:
    assert client.delete("/api/v1/jobs/x", headers=headers).status_code == 404


def test_page_of_another_site_embeds_and_reads_nothing(client: TestClient, at: str) -> None:
    embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    read = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors", "origin": "http://a.example"}
    for headers in (embedded, read):
        assert client.get(f"{at}/images/1/thumbnail", headers=headers).status_code == 403


def test_link_from_another_site_is_allowed(client: TestClient) -> None:
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert client.get("/docs", headers=followed).status_code == 200


def test_no_other_origin_is_allowed(client: TestClient) -> None:
    sent = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = client.options("/api/v1/collections", headers=sent)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
