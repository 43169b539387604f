import re

from fastapi.testclient import TestClient

from firs.web.pages import render_document


def test_all_routes_are_shown_and_nothing_is_fetched(client: TestClient) -> None:
    answer = client.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    for path in client.get("/api/v1/openapi.json").json()["paths"]:
        assert f" {path}</code>" in answer.text
    assert set(re.findall(r'(?:src|href)="([^"]+)"', answer.text)) == {
        "/docs.css",
        "/api/v1/openapi.json",
    }
    assert "<script" not in answer.text
    assert "<style" not in answer.text
    assert client.get("/docs.css").headers["content-type"].startswith("text/css")


def test_descriptions_are_escaped() -> None:
    body = {"description": "<b>bold</b>", "responses": {"200": {}}, "parameters": []}
    document = {"info": {"title": "<i>", "version": "1"}, "paths": {"/<x>": {"get": body}}}
    page = render_document(document)
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "<b>" not in page
    assert "<x>" not in page
