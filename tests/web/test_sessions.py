"""A person's whole way over HTTP: search, mark, go on, back, branch, away and back again."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from firs.collection import Collection
from firs.samples import load_scenes
from firs.session import Session
from firs.web.schemas import MOST_ROUNDS
from tests.conftest import SCENES
from tests.fakes import FakeEncoder
from tests.imaging.making import encoded
from tests.web.conftest import Serve, problem

Json = dict[str, Any]
Begin = Callable[..., Json]


@pytest.fixture
def begin(client: TestClient, at: str) -> Begin:
    """Search, and give the session."""

    def search(*terms: Json, **more: Any) -> Json:
        sent = {"terms": list(terms) or [{"text": "a red train"}], **more}
        answer = client.post(f"{at}/sessions", json=sent)
        assert answer.status_code == 201, answer.text
        body: Json = answer.json()
        return body

    return search


@pytest.fixture
def session(begin: Begin) -> Json:
    return begin()


@pytest.fixture
def here(at: str, session: Json) -> str:
    """Where the session is over HTTP."""
    return f"{at}/sessions/{session['id']}"


def results(client: TestClient, here: str, round_: int, count: int = SCENES) -> list[Json]:
    body = client.get(f"{here}/rounds/{round_}/results?count={count}").json()
    found: list[Json] = body["results"]
    return found


def test_a_search_is_a_session_with_one_round(session: Json, client: TestClient, here: str) -> None:
    assert session["summary"] == '"a red train"'
    assert session["encoder"] == "mini"
    assert (session["current"], session["can_undo"], session["warnings"]) == (0, False, [])
    [term] = session["terms"]
    assert (term["kind"], term["text"], term["weight"]) == ("text", "a red train", 1.0)
    [round_] = session["rounds"]
    assert (round_["number"], round_["parent"], round_["total"]) == (0, None, SCENES)
    assert client.get(here).json() == session


def test_results_have_the_fields_of_the_page(client: TestClient, here: str, scenes: Path) -> None:
    body = client.get(f"{here}/rounds/0/results?start=2&count=3").json()
    assert (body["round"], body["total"], body["start"]) == (0, SCENES, 2)
    assert [each["rank"] for each in body["results"]] == [3, 4, 5]
    first = body["results"][0]
    assert first["name"] == f"scene-{first['id']:05d}.jpg"
    with Image.open(scenes / first["name"]) as image:
        assert (first["width"], first["height"]) == image.size
    assert first["previous_rank"] is first["mark"] is None
    assert first["mark_influences"] == []
    assert client.get(f"{here}/rounds/0/results?start=999").json()["results"] == []


def test_results_of_texts_have_probabilities(client: TestClient, here: str) -> None:
    body = client.get(f"{here}/rounds/0/results").json()
    chances = [each["probability"] for each in body["results"]]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-9
    assert body["is_weak"] in (False, None)


def test_unknown_values_are_null(client: TestClient, begin: Begin, at: str) -> None:
    session = begin({"image": 1})
    body = client.get(f"{at}/sessions/{session['id']}/rounds/0/results").json()
    assert body["is_weak"] is None
    assert {each["probability"] for each in body["results"]} == {None}


def test_uploads_belong_to_their_collection(client: TestClient, here: str, scenes: Path) -> None:
    with Collection(scenes / ".firs") as collection:
        expected = [hit.id for hit in collection.search("a red train", k=SCENES)]
    assert [each["id"] for each in results(client, here, 0)] == expected


def test_first_results_are_included_on_request(client: TestClient, begin: Begin, at: str) -> None:
    assert begin()["results"] is None
    sent = {"terms": [{"text": "a red train"}]}
    body = client.post(f"{at}/sessions?first=5", json=sent).json()
    here = f"{at}/sessions/{body['id']}"
    assert body["results"] == client.get(f"{here}/rounds/0/results?count=5").json()
    marks = {"relevant": [body["results"]["results"][2]["id"]]}
    client.post(f"{here}/rounds/0/marks", json=marks)
    body = client.post(f"{here}/rounds/0/next?first=7", json={}).json()
    assert body["results"] == client.get(f"{here}/rounds/1/results?count=7").json()
    problem(client.post(f"{at}/sessions?first=501", json=sent))


def test_marks_change_the_next_round(client: TestClient, here: str) -> None:
    first = results(client, here, 0)
    tick, cross = first[5]["id"], first[0]["id"]
    marks = {"relevant": [tick], "irrelevant": [cross]}
    marked = client.post(f"{here}/rounds/0/marks", json=marks).json()
    assert marked["rounds"][0]["marks"] == marks | {"found": None, "cleared": []}
    assert marked["can_undo"] is True
    wish = {"method": "rocchio", "strength": 2, "shown": 10}
    body = client.post(f"{here}/rounds/0/next", json=wish).json()
    assert body["current"] == 1
    made = body["rounds"][1]
    assert (made["parent"], made["method"], made["strength"]) == (0, "rocchio", 2.0)
    assert made["summary"]
    second = {each["id"]: each for each in results(client, here, 1)}
    assert second[tick]["mark"] == "relevant"
    assert second[tick]["previous_rank"] == 6
    assert second[tick]["rank"] < 6
    assert second[tick]["seen"] is True
    assert {"id": tick, "mark": "relevant"}.items() <= second[tick]["mark_influences"][0].items()
    assert second[tick]["mark_influences"][0]["rank_when_marked"] == 6


def test_cleared_mark_still_explains_an_earlier_round(client: TestClient, here: str) -> None:
    tick = results(client, here, 0)[5]["id"]
    client.post(f"{here}/rounds/0/marks", json={"relevant": [tick]})
    client.post(f"{here}/rounds/0/next", json={"method": "rocchio", "shown": 10})
    client.post(f"{here}/rounds/0/marks", json={"clear": [tick]})
    moved = {each["id"]: each for each in results(client, here, 1)}[tick]
    assert moved["mark"] is None
    assert moved["mark_influences"][0]["rank_when_marked"] == 6


def test_seen_images_can_be_hidden(client: TestClient, here: str) -> None:
    seen = {each["id"] for each in results(client, here, 0, count=8)}
    wish = {"method": "none", "shown": 8, "again": False}
    body = client.post(f"{here}/rounds/0/next", json=wish).json()
    assert body["rounds"][1]["total"] == SCENES - 8
    assert not seen & {each["id"] for each in results(client, here, 1)}


def test_mark_can_be_cleared_and_undone(client: TestClient, here: str) -> None:
    def marked(**marks: Any) -> Json:
        body: Json = client.post(f"{here}/rounds/0/marks", json=marks).json()
        return body["rounds"][0]["marks"]  # type: ignore[no-any-return]

    assert marked(found=4)["found"] == 4
    assert marked(relevant=[1, 2])["relevant"] == [1, 2]
    assert marked(clear=[1])["relevant"] == [2]
    back = client.post(f"{here}/undo").json()
    assert back["rounds"][0]["marks"]["relevant"] == [1, 2]
    for _ in range(3):
        back = client.post(f"{here}/undo").json()
    assert back["can_undo"] is False
    assert not any(back["rounds"][0]["marks"].values())


def test_rounds_are_a_tree_and_a_branch_a_session(client: TestClient, at: str, here: str) -> None:
    for from_ in (0, 0, 1):
        client.post(f"{here}/rounds/{from_}/next", json={"method": "pseudo", "shown": 5})
    body = client.get(here).json()
    assert [each["parent"] for each in body["rounds"]] == [None, 0, 0, 1]
    answer = client.post(f"{here}/branch", json={"round": 3})
    assert answer.status_code == 201
    branch = answer.json()
    assert branch["id"] != body["id"]
    assert [each["parent"] for each in branch["rounds"]] == [None, 0, 1]
    there = f"{at}/sessions/{branch['id']}"
    assert results(client, there, 2) == results(client, here, 3)


def test_two_rounds_are_compared(client: TestClient, here: str) -> None:
    worst = results(client, here, 0)[-1]["id"]
    client.post(f"{here}/rounds/0/marks", json={"relevant": [worst]})
    client.post(f"{here}/rounds/0/next", json={"method": "rocchio", "shown": SCENES})
    body = client.get(f"{here}/compare?a=0&b=1&k=10").json()
    assert {"id": worst, "previous_rank": SCENES}.items() <= body["came"][0].items()
    assert len(body["left"]) == len(body["came"])
    assert all(each["new_rank"] < each["previous_rank"] for each in body["rose"])


def test_a_restart_loses_nothing(client: TestClient, serve: Serve, scenes: Path, here: str) -> None:
    client.post(f"{here}/rounds/0/marks", json={"relevant": [3], "irrelevant": [9]})
    client.post(f"{here}/rounds/0/next", json={"shown": 20})
    client.post(f"{here}/rounds/1/marks", json={"found": 5})
    body, first, second = (
        client.get(here).json(),
        results(client, here, 0),
        results(client, here, 1),
    )
    again = serve(scenes)
    assert again.get(here).json() == body
    assert results(again, here, 0) == first
    assert results(again, here, 1) == second
    assert again.post(f"{here}/undo").json()["rounds"][1]["marks"]["found"] is None


def test_example_survives_a_restart(
    client: TestClient, begin: Begin, at: str, serve: Serve, scenes: Path
) -> None:
    picture = encoded(next(load_scenes(first=77)).image, "PNG")
    files = {"file": ("mine.png", picture)}
    upload = client.post(f"{at}/uploads", files=files).json()["id"]
    body = begin({"upload": upload}, {"text": "night", "weight": -0.5})
    assert body["summary"] == 'mine.png - 0.5 * "night"'
    before = results(client, f"{at}/sessions/{body['id']}", 0)
    again = serve(scenes)
    once_more = again.post(f"{at}/sessions", json={"terms": [{"upload": upload}]})
    assert once_more.status_code == 201
    reopened = again.get(f"{at}/sessions/{body['id']}").json()
    assert reopened["terms"] == body["terms"]
    term = reopened["terms"][0]
    assert (term["kind"], term["name"]) == ("upload", "mine.png")
    shown = again.get(term["thumbnail"])
    assert Image.open(io.BytesIO(shown.content)).size == (256, 256)
    sent = {"terms": [{"upload": term["upload"]}, {"text": "night", "weight": -0.5}]}
    fresh = again.post(f"{at}/sessions", json=sent).json()
    after = results(again, f"{at}/sessions/{fresh['id']}", 0)
    assert [each["id"] for each in after] == [each["id"] for each in before]


def test_two_clients_on_one_session(client: TestClient, here: str) -> None:
    def mark(image: int) -> int:
        answer = client.post(f"{here}/rounds/0/marks", json={"relevant": [image]})
        return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(mark, range(1, 17))) == {200}
    [round_] = client.get(here).json()["rounds"]
    assert sorted(round_["marks"]["relevant"]) == list(range(1, 17))


def test_two_tabs_do_not_disturb_each_other(client: TestClient, here: str) -> None:
    client.post(f"{here}/rounds/0/next", json={"method": "pseudo"})
    client.post(f"{here}/rounds/0/marks", json={"relevant": [2]})
    body = client.post(f"{here}/rounds/1/next", json={"method": "none"}).json()
    assert body["rounds"][2]["parent"] == 1
    body = client.post(f"{here}/rounds/1/marks", json={"relevant": [4]}).json()
    assert [each["marks"]["relevant"] for each in body["rounds"]] == [[2], [4], []]


def test_changes_of_another_process_are_visible(
    client: TestClient, here: str, scenes: Path
) -> None:
    with Collection(scenes / ".firs") as collection:
        session = Session.open(collection, here.rpartition("/")[2])
        session.mark(relevant=[8])
        session.next()
        assert [each["id"] for each in results(client, here, 1)] == [
            each.hit.id for each in session.round.results(0, SCENES)
        ]
        session.undo()
        assert client.get(f"{here}/rounds/1/results").status_code == 404
    body = client.post(f"{here}/rounds/0/marks", json={"relevant": [9]}).json()
    assert body["rounds"][0]["marks"]["relevant"] == [8, 9]


def test_session_deleted_by_another_process_is_not_found(
    client: TestClient, here: str, scenes: Path
) -> None:
    with Collection(scenes / ".firs") as collection:
        collection.sessions.forget(here.rpartition("/")[2])
    for answer in (
        client.get(here),
        client.get(f"{here}/rounds/0/results"),
        client.post(f"{here}/rounds/0/marks", json={"relevant": [9]}),
        client.delete(here),
    ):
        assert answer.status_code == 404
        assert problem(answer)["type"] == "/docs#session-not-found"


def test_one_of_two_concurrent_writers_gets_a_conflict(
    client: TestClient, here: str, scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Collection(scenes / ".firs") as collection:
        Session.open(collection, here.rpartition("/")[2]).mark(relevant=[8])
    with monkeypatch.context() as patched:
        patched.setattr(Session, "refresh", lambda _: False)  # it was written right after this
        first = client.post(f"{here}/rounds/0/marks", json={"relevant": [9]})
    assert first.status_code == 409
    assert problem(first)["type"] == "/docs#session-conflict"
    assert "Open it again and repeat" in problem(first)["detail"]
    [round_] = client.get(here).json()["rounds"]
    assert round_["marks"]["relevant"] == [8]


def test_image_of_the_query_is_described_by_its_name(begin: Begin) -> None:
    [term] = begin({"image": 3})["terms"]
    assert (term["kind"], term["name"]) == ("image", "scene-00003.jpg")


def test_saved_sessions_are_listed_and_deleted(client: TestClient, begin: Begin, at: str) -> None:
    first, second = begin(), begin({"text": "a boat"}, {"image": 3, "weight": -1})
    client.post(f"{at}/sessions/{first['id']}/rounds/0/next", json={})
    listed = client.get(f"{at}/sessions").json()
    assert {each["id"]: (each["summary"], each["rounds"]) for each in listed} == {
        first["id"]: ('"a red train"', 2),
        second["id"]: ('"a boat" - #3', 1),
    }
    assert client.delete(f"{at}/sessions/{first['id']}").status_code == 204
    assert [each["id"] for each in client.get(f"{at}/sessions").json()] == [second["id"]]
    for method in ("GET", "DELETE"):
        answer = client.request(method, f"{at}/sessions/{first['id']}")
        assert answer.status_code == 404
        problem(answer)


def test_session_is_exported_and_imported(client: TestClient, at: str, here: str) -> None:
    client.post(f"{here}/rounds/0/marks", json={"relevant": [3]})
    client.post(f"{here}/rounds/0/next", json={"shown": 20})
    answer = client.get(f"{here}/export")
    assert "attachment" in answer.headers["content-disposition"]
    copy = client.post(f"{at}/sessions/import", json=answer.json())
    assert copy.status_code == 201
    there = f"{at}/sessions/{copy.json()['id']}"
    assert results(client, there, 1) == results(client, here, 1)


def test_a_run_in_trecs_format(client: TestClient, here: str, session: Json) -> None:
    client.post(f"{here}/rounds/0/next", json={"method": "none"})
    answer = client.get(f"{here}/run")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    assert len(lines) == 2 * SCENES
    best = results(client, here, 0)[0]
    assert lines[0].split()[:4] == [f"{session['id']}.0", "Q0", str(best["id"]), "1"]


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"terms": []},
        {"terms": [{"text": " "}]},
        {"terms": [{"text": "a", "weight": -1}]},
        {"terms": [{"image": 99_999}]},
        {"terms": [{"text": "a"}], "strategy": "sideways"},
        {"terms": [{"text": "a"}], "encoder": "none-such"},
        {"terms": [{"text": "a"}], "encoder": "onnx:/tmp"},
        {"terms": [{"text": "a"}, {"text": "a", "weight": -4}]},
        {"terms": "a"},
        [],
    ],
)
def test_invalid_queries_are_refused(client: TestClient, at: str, sent: object) -> None:
    answer = client.post(f"{at}/sessions", json=sent)
    assert answer.status_code == 422
    problem(answer)
    assert client.get(f"{at}/sessions").json() == []


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("rounds/0/marks", {"relevant": [99_999]}),
        ("rounds/0/marks", {"relevant": [1], "irrelevant": [1]}),
        ("rounds/0/marks", {"relevant": [1] * 10_001}),
        ("rounds/0/next", {"method": "magic"}),
        ("rounds/0/next", {"method": "rocchio(beta=__import__)"}),
        ("rounds/0/next", {"strength": 11}),
        ("rounds/0/next", {"strength": -1}),
        ("rounds/0/next", {"shown": -1}),
        ("rounds/1/next", {}),
        ("rounds/7/marks", {"relevant": [1]}),
        ("rounds/-1/marks", {"relevant": [1]}),
        ("branch", {"round": 5}),
    ],
)
def test_failed_step_changes_nothing(
    client: TestClient, here: str, session: Json, path: str, sent: Json
) -> None:
    answer = client.post(f"{here}/{path}", json=sent)
    assert answer.status_code in (404, 422)
    problem(answer)
    assert client.get(here).json() == session


@pytest.mark.parametrize("count", ["0", "-1", "501", "9999999999", "a"])
def test_counts_have_bounds(client: TestClient, here: str, count: str) -> None:
    assert client.get(f"{here}/rounds/0/results?count={count}").status_code == 422
    assert client.get(f"{here}/compare?a=0&b=0&k={count}").status_code == 422


def test_rounds_have_bounds(client: TestClient, here: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("firs.web.sessions.MOST_ROUNDS", 2)
    assert client.post(f"{here}/rounds/0/next", json={}).status_code == 200
    answer = client.post(f"{here}/rounds/0/next", json={})
    assert answer.status_code == 422
    assert "branch" in problem(answer)["detail"]
    assert MOST_ROUNDS > 100


def test_image_that_is_removed_during_the_session(
    client: TestClient, here: str, scenes: Path
) -> None:
    first = results(client, here, 0)[0]["id"]
    with Collection(scenes / ".firs") as collection:
        collection.remove([first])
    assert first not in [each["id"] for each in results(client, here, 0)]


def test_an_empty_collection(serve: Serve, tmp_path: Path) -> None:
    Collection(tmp_path / ".firs").close()
    client = serve(tmp_path)
    [body] = client.get("/api/v1/collections").json()
    answer = client.post(
        f"/api/v1/collections/{body['id']}/sessions", json={"terms": [{"text": "a"}]}
    )
    assert answer.status_code == 409
    assert "firs index" in problem(answer)["detail"]


def test_by_another_encoder(
    serve: Serve, scenes: Path, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firs.encoders import ENCODERS

    monkeypatch.setitem(ENCODERS._members, "fake", "tests.fakes:FakeEncoder")
    with Collection(scenes / ".firs", FakeEncoder()) as second:
        second.add(scenes)
        expected = [hit.id for hit in second.search("green", k=SCENES)]
    sent = {"terms": [{"text": "green"}], "encoder": "fake"}
    client = serve(scenes)
    body = client.post(f"{at}/sessions", json=sent).json()
    assert body["encoder"] == "fake"
    here = f"{at}/sessions/{body['id']}"
    assert [each["id"] for each in results(client, here, 0)] == expected
    assert results(serve(scenes), here, 0) == results(client, here, 0)
