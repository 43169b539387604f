from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from firs.web.registries import collection_id

Json = Any


@pytest.fixture
def here(scenes: Path) -> str:
    return f"/api/v1/collections/{collection_id(scenes / '.firs')}"


def search(client: TestClient, here: str, words: str, **options: bool) -> Json:
    request = {"terms": [{"text": words}]} | options
    session = client.post(f"{here}/sessions", json=request).json()
    return client.get(f"{here}/sessions/{session['id']}/rounds/0/results").json() | {
        "session": session["id"]
    }


def test_expansion_is_added_listed_left_out_and_undone(client: TestClient, here: str) -> None:
    before = search(client, here, "a red train")["results"]
    made = client.post(f"{here}/expansions", json={"by": "captions"})
    assert made.status_code == HTTPStatus.CREATED
    assert client.get(f"{here}/expansions").json() == [made.json()]
    assert made.json()["texts"] > 0
    image = before[0]["id"]
    known = client.get(f"{here}/images/{image}/known-by").json()
    assert {each["kind"] for each in known} == {"captions"}
    after = search(client, here, known[0]["text"])["results"]
    [through] = next(each["matched_via"] for each in after if each["id"] == image)
    assert (through["by"], through["texts"]) == ("words", [known[0]["text"]])
    plain = search(client, here, "a red train", use_expansion=False)["results"]
    assert [each["score"] for each in plain] == [each["score"] for each in before]
    gone = client.delete(f"{here}/expansions/{made.json()['id']}")
    assert gone.status_code == HTTPStatus.NO_CONTENT
    assert client.get(f"{here}/expansions").json() == []


def test_logged_queries_feed_the_expansion(client: TestClient, here: str) -> None:
    assert client.get(f"{here}/log").json() == {"on": False, "lines": 0}
    assert client.put(f"{here}/log", json={"on": True}).json()["on"]
    found = search(client, here, "a red train")
    image = found["results"][3]["id"]
    marks = f"{here}/sessions/{found['session']}/rounds/0/marks"
    client.post(marks, json={"relevant": [image]})
    assert client.get(f"{here}/log").json() == {"on": True, "lines": 2}
    made = client.post(f"{here}/expansions", json={"by": "moves"}).json()
    assert (made["images"], made["texts"]) == (1, 1)
    [known] = client.get(f"{here}/images/{image}/known-by").json()
    assert known["text"] == "a red train"
    assert known["degrees"] > 1
    assert client.delete(f"{here}/log").status_code == HTTPStatus.NO_CONTENT
    assert client.get(f"{here}/log").json() == {"on": True, "lines": 0}


def test_probabilities_are_shown(client: TestClient, here: str) -> None:
    found = search(client, here, "a red train")
    assert 1 <= found["credible_set_size"] <= found["total"]


def test_failed_expansion_is_reported(client: TestClient, here: str) -> None:
    assert client.delete(f"{here}/expansions/7").status_code == HTTPStatus.NOT_FOUND
    wrong = client.post(f"{here}/expansions", json={"by": "queries"})
    assert wrong.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "firs log on" in wrong.json()["detail"]
    assert client.get(f"{here}/images/99/known-by").status_code == HTTPStatus.NOT_FOUND
