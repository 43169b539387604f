"""Other words over HTTP: suggested, taken, taken back; a model's server that fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.refinement.chat_server import KEY, ChatServer, running
from tests.waiting import wait_until
from tests.web.conftest import problem
from tests.web.test_sessions import results

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    for name in ("FIRS_LLM_MODEL", "FIRS_LLM_BASE_URL", "FIRS_LLM_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def here(client: TestClient, at: str) -> str:
    """A session in which the first two are ticked."""
    begun = client.post(f"{at}/sessions", json={"terms": [{"text": "a train"}]}).json()
    address = f"{at}/sessions/{begun['id']}"
    first = [each["id"] for each in results(client, address, 0, 2)]
    client.post(f"{address}/rounds/0/marks", json={"relevant": first})
    return address


def serving(monkeypatch: pytest.MonkeyPatch, server: ChatServer) -> None:
    monkeypatch.setenv("FIRS_LLM_MODEL", "small")
    monkeypatch.setenv("FIRS_LLM_BASE_URL", server.url)
    monkeypatch.setenv("FIRS_LLM_KEY", KEY)


def test_suggestions_have_the_fields_of_the_page(client: TestClient, here: str) -> None:
    before = client.get(here).json()
    body = client.post(f"{here}/rounds/0/suggestions").json()
    assert (body["text"], body["by"], body["failed"]) == ("a train", "terms", False)
    first = body["suggestions"][0]
    assert first["label"][:2] in ("+ ", "− ")
    assert first["text"].startswith("a train, ")
    assert [piece["kind"] for piece in first["difference"]][-1] == "new"
    assert -1 <= first["similarity"] <= 1
    assert client.get(here).json() == before


def test_accepted_suggestion_is_a_round_and_can_be_undone(client: TestClient, here: str) -> None:
    body = client.post(f"{here}/rounds/0/suggestions").json()
    taken = {key: body["suggestions"][0][key] for key in ("text", "added")} | {"by": body["by"]}
    session = client.post(f"{here}/rounds/0/refine", json=taken).json()
    assert session["current"] == 1
    assert session["rounds"][1]["method"] == "refine"
    assert "your query still counts" in session["rounds"][1]["summary"]
    words = [
        each["term_influences"] for each in results(client, here, 1) if each["term_influences"]
    ]
    assert words[0][0]["text"] == taken["added"][0]["text"]
    assert client.post(f"{here}/undo").json()["current"] == 0


def test_own_words_are_accepted(client: TestClient, here: str) -> None:
    client.post(f"{here}/rounds/0/refine", json={"text": "a red train", "strength": 1.0})
    [_, event] = client.get(f"{here}/export").json()["events"]
    assert (event["text"], event["by"], event["strength"]) == ("a red train", "typed", 1.0)


def test_configured_language_model_is_used(
    client: TestClient, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/api/v1/about").json()["refiners"] == ["terms"]
    with running() as server:
        serving(monkeypatch, server)
        assert client.get("/api/v1/about").json()["refiners"] == ["terms", "llm"]
        server.alternatives("the train")
        body = client.post(f"{here}/rounds/0/suggestions", json={"refiner": "llm"}).json()
    assert [each["text"] for each in body["suggestions"]] == ["the train"]


@pytest.mark.parametrize("fault", [401, 500, "cut", "gone"])
def test_failure_of_the_model_is_one_line(
    client: TestClient, here: str, monkeypatch: pytest.MonkeyPatch, fault: int | str
) -> None:
    with running() as server:
        serving(monkeypatch, server)
        server.faults, server.retry_after = [fault] * 3, "0"
        answer = client.post(f"{here}/rounds/0/suggestions", json={"refiner": "llm"})
    body = answer.json()
    assert answer.status_code == 200
    assert (body["failed"], body["suggestions"]) == (True, [])
    assert body["summary"].startswith("The query stays as it is:")
    assert KEY not in answer.text


def test_few_requests_use_the_language_model_at_once(
    client: TestClient, here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a model keeps a thread of the server; some must be left for searching."""
    monkeypatch.setattr("firs.web.refinement._free", threading.BoundedSemaphore(1))
    with running() as server, ThreadPoolExecutor(1) as other:
        serving(monkeypatch, server)
        server.alternatives("the train")
        server.faults = ["slow"]
        asks = f"{here}/rounds/0/suggestions"
        waiting = other.submit(client.post, asks, json={"refiner": "llm"})
        wait_until(lambda: server.asked, "the model is being asked")
        body = client.post(asks, json={"refiner": "llm"}).json()
        assert "others are asking the language model" in body["summary"]
        assert client.post(asks).json()["failed"] is False
        server.ending.set()
        assert waiting.result().json()["failed"] is False


def test_missing_model_is_reported_in_one_line(client: TestClient, here: str) -> None:
    body = client.post(f"{here}/rounds/0/suggestions", json={"refiner": "llm"}).json()
    assert body["summary"].endswith("No language model is named: set FIRS_LLM_MODEL.")


@pytest.mark.parametrize(
    "wrong",
    [{"refiner": "magic"}, {"captioner": "transformers"}, {"captioner": "transformers:x/y"}],
)
def test_request_cannot_name_a_model(client: TestClient, here: str, wrong: dict[str, str]) -> None:
    answer = client.post(f"{here}/rounds/0/suggestions", json=wrong)
    assert answer.status_code == 422
    assert "Choose one of" in problem(answer)["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "   "},
        {"text": "x", "strength": -1},
        {"text": "x", "strength": 11},
        {"text": "x", "added": [{"text": "y", "weight": 0}]},
        {"text": "x", "added": [{"text": "y"}] * 33},
        {"text": "x" * 1_001},
    ],
)
def test_invalid_marks_change_nothing(client: TestClient, here: str, wrong: dict[str, Any]) -> None:
    answer = client.post(f"{here}/rounds/0/refine", json=wrong)
    assert answer.status_code == 422
    problem(answer)
    assert len(client.get(here).json()["rounds"]) == 1


@pytest.mark.parametrize("route", ["suggestions", "refine"])
def test_unknown_round_is_not_found(client: TestClient, here: str, route: str) -> None:
    answer = client.post(f"{here}/rounds/7/{route}", json={"text": "x"})
    assert answer.status_code == 404
    problem(answer)
