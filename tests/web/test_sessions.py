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
        asked = {"terms": list(terms) or [{"text": "a red train"}], **more}
        answer = client.post(f"{at}/sessions", json=asked)
        assert answer.status_code == 201, answer.text
        told: Json = answer.json()
        return told

    return search


@pytest.fixture
def session(begin: Begin) -> Json:
    return begin()


@pytest.fixture
def here(at: str, session: Json) -> str:
    """Where the session is over HTTP."""
    return f"{at}/sessions/{session['id']}"


def results(client: TestClient, here: str, round_: int, count: int = SCENES) -> list[Json]:
    told = client.get(f"{here}/rounds/{round_}/results?count={count}").json()
    found: list[Json] = told["results"]
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


def test_results_say_what_the_page_shows(client: TestClient, here: str, scenes: Path) -> None:
    told = client.get(f"{here}/rounds/0/results?start=2&count=3").json()
    assert (told["round"], told["total"], told["start"]) == (0, SCENES, 2)
    assert [each["rank"] for each in told["results"]] == [3, 4, 5]
    first = told["results"][0]
    assert first["name"] == f"scene-{first['id']:05d}.jpg"
    with Image.open(scenes / first["name"]) as image:
        assert (first["width"], first["height"]) == image.size
    assert first["previous_rank"] is first["mark"] is None
    assert first["mark_influences"] == []
    assert client.get(f"{here}/rounds/0/results?start=999").json()["results"] == []


def test_results_of_words_say_how_likely_they_are(client: TestClient, here: str) -> None:
    told = client.get(f"{here}/rounds/0/results").json()
    chances = [each["probability"] for each in told["results"]]
    assert chances == sorted(chances, reverse=True)
    assert 0 < sum(chances) <= 1 + 1e-9
    assert told["is_weak"] in (False, None)


def test_what_cannot_be_told_is_null(client: TestClient, begin: Begin, at: str) -> None:
    session = begin({"image": 1})
    told = client.get(f"{at}/sessions/{session['id']}/rounds/0/results").json()
    assert told["is_weak"] is None
    assert {each["probability"] for each in told["results"]} == {None}


def test_they_are_those_of_the_collection(client: TestClient, here: str, scenes: Path) -> None:
    with Collection(scenes / ".firs") as collection:
        expected = [hit.id for hit in collection.search("a red train", k=SCENES)]
    assert [each["id"] for each in results(client, here, 0)] == expected


def test_the_first_results_come_with_a_round_where_asked_for(
    client: TestClient, begin: Begin, at: str
) -> None:
    assert begin()["results"] is None
    asked = {"terms": [{"text": "a red train"}]}
    told = client.post(f"{at}/sessions?first=5", json=asked).json()
    here = f"{at}/sessions/{told['id']}"
    assert told["results"] == client.get(f"{here}/rounds/0/results?count=5").json()
    marks = {"relevant": [told["results"]["results"][2]["id"]]}
    client.post(f"{here}/rounds/0/marks", json=marks)
    told = client.post(f"{here}/rounds/0/next?first=7", json={}).json()
    assert told["results"] == client.get(f"{here}/rounds/1/results?count=7").json()
    problem(client.post(f"{at}/sessions?first=501", json=asked))


def test_marks_lead_to_the_next_round(client: TestClient, here: str) -> None:
    first = results(client, here, 0)
    tick, cross = first[5]["id"], first[0]["id"]
    marks = {"relevant": [tick], "irrelevant": [cross]}
    marked = client.post(f"{here}/rounds/0/marks", json=marks).json()
    assert marked["rounds"][0]["marks"] == marks | {"found": None, "cleared": []}
    assert marked["can_undo"] is True
    wish = {"method": "rocchio", "strength": 2, "shown": 10}
    told = client.post(f"{here}/rounds/0/next", json=wish).json()
    assert told["current"] == 1
    made = told["rounds"][1]
    assert (made["parent"], made["method"], made["strength"]) == (0, "rocchio", 2.0)
    assert made["summary"]
    second = {each["id"]: each for each in results(client, here, 1)}
    assert second[tick]["mark"] == "relevant"
    assert second[tick]["previous_rank"] == 6
    assert second[tick]["rank"] < 6
    assert second[tick]["seen"] is True
    assert {"id": tick, "mark": "relevant"}.items() <= second[tick]["mark_influences"][0].items()
    assert second[tick]["mark_influences"][0]["rank_when_marked"] == 6


def test_a_mark_that_is_cleared_later_still_says_why(client: TestClient, here: str) -> None:
    tick = results(client, here, 0)[5]["id"]
    client.post(f"{here}/rounds/0/marks", json={"relevant": [tick]})
    client.post(f"{here}/rounds/0/next", json={"method": "rocchio", "shown": 10})
    client.post(f"{here}/rounds/0/marks", json={"clear": [tick]})
    moved = {each["id"]: each for each in results(client, here, 1)}[tick]
    assert moved["mark"] is None
    assert moved["mark_influences"][0]["rank_when_marked"] == 6


def test_what_was_seen_need_not_come_again(client: TestClient, here: str) -> None:
    seen = {each["id"] for each in results(client, here, 0, count=8)}
    wish = {"method": "none", "shown": 8, "again": False}
    told = client.post(f"{here}/rounds/0/next", json=wish).json()
    assert told["rounds"][1]["total"] == SCENES - 8
    assert not seen & {each["id"] for each in results(client, here, 1)}


def test_a_mark_can_be_cleared_and_taken_back(client: TestClient, here: str) -> None:
    def marked(**marks: Any) -> Json:
        told: Json = client.post(f"{here}/rounds/0/marks", json=marks).json()
        return told["rounds"][0]["marks"]  # type: ignore[no-any-return]

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
    told = client.get(here).json()
    assert [each["parent"] for each in told["rounds"]] == [None, 0, 0, 1]
    answer = client.post(f"{here}/branch", json={"round": 3})
    assert answer.status_code == 201
    branch = answer.json()
    assert branch["id"] != told["id"]
    assert [each["parent"] for each in branch["rounds"]] == [None, 0, 1]
    there = f"{at}/sessions/{branch['id']}"
    assert results(client, there, 2) == results(client, here, 3)


def test_two_rounds_side_by_side(client: TestClient, here: str) -> None:
    worst = results(client, here, 0)[-1]["id"]
    client.post(f"{here}/rounds/0/marks", json={"relevant": [worst]})
    client.post(f"{here}/rounds/0/next", json={"method": "rocchio", "shown": SCENES})
    told = client.get(f"{here}/compare?a=0&b=1&k=10").json()
    assert {"id": worst, "previous_rank": SCENES}.items() <= told["came"][0].items()
    assert len(told["left"]) == len(told["came"])
    assert all(each["new_rank"] < each["previous_rank"] for each in told["rose"])


def test_a_restart_loses_nothing(client: TestClient, serve: Serve, scenes: Path, here: str) -> None:
    client.post(f"{here}/rounds/0/marks", json={"relevant": [3], "irrelevant": [9]})
    client.post(f"{here}/rounds/0/next", json={"shown": 20})
    client.post(f"{here}/rounds/1/marks", json={"found": 5})
    told, first, second = (
        client.get(here).json(),
        results(client, here, 0),
        results(client, here, 1),
    )
    again = serve(scenes)
    assert again.get(here).json() == told
    assert results(again, here, 0) == first
    assert results(again, here, 1) == second
    assert again.post(f"{here}/undo").json()["rounds"][1]["marks"]["found"] is None


def test_an_example_is_still_there_after_a_restart(
    client: TestClient, begin: Begin, at: str, serve: Serve, scenes: Path
) -> None:
    picture = encoded(next(load_scenes(first=77)).image, "PNG")
    files = {"file": ("mine.png", picture)}
    upload = client.post(f"{at}/uploads", files=files).json()["id"]
    told = begin({"upload": upload}, {"text": "night", "weight": -0.5})
    assert told["summary"] == 'mine.png - 0.5 * "night"'
    before = results(client, f"{at}/sessions/{told['id']}", 0)
    again = serve(scenes)
    once_more = again.post(f"{at}/sessions", json={"terms": [{"upload": upload}]})
    assert once_more.status_code == 201
    reopened = again.get(f"{at}/sessions/{told['id']}").json()
    assert reopened["terms"] == told["terms"]
    term = reopened["terms"][0]
    assert (term["kind"], term["name"]) == ("upload", "mine.png")
    shown = again.get(term["thumbnail"])
    assert Image.open(io.BytesIO(shown.content)).size == (256, 256)
    asked = {"terms": [{"upload": term["upload"]}, {"text": "night", "weight": -0.5}]}
    fresh = again.post(f"{at}/sessions", json=asked).json()
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
    told = client.post(f"{here}/rounds/1/next", json={"method": "none"}).json()
    assert told["rounds"][2]["parent"] == 1
    told = client.post(f"{here}/rounds/1/marks", json={"relevant": [4]}).json()
    assert [each["marks"]["relevant"] for each in told["rounds"]] == [[2], [4], []]


def test_what_another_process_did_is_seen(client: TestClient, here: str, scenes: Path) -> None:
    with Collection(scenes / ".firs") as collection:
        session = Session.open(collection, here.rpartition("/")[2])
        session.mark(relevant=[8])
        session.next()
        assert [each["id"] for each in results(client, here, 1)] == [
            each.hit.id for each in session.round.results(0, SCENES)
        ]
        session.undo()
        assert client.get(f"{here}/rounds/1/results").status_code == 404
    told = client.post(f"{here}/rounds/0/marks", json={"relevant": [9]}).json()
    assert told["rounds"][0]["marks"]["relevant"] == [8, 9]


def test_a_session_that_another_process_deleted(
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


def test_of_two_who_write_at_once_one_gets_a_conflict(
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


def test_an_image_of_the_query_is_told_by_its_name(begin: Begin) -> None:
    [term] = begin({"image": 3})["terms"]
    assert (term["kind"], term["name"]) == ("image", "scene-00003.jpg")


def test_saved_ones_are_listed_and_forgotten(client: TestClient, begin: Begin, at: str) -> None:
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


def test_a_session_goes_out_and_comes_in(client: TestClient, at: str, here: str) -> None:
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
    "asked",
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
def test_what_cannot_be_asked(client: TestClient, at: str, asked: object) -> None:
    answer = client.post(f"{at}/sessions", json=asked)
    assert answer.status_code == 422
    problem(answer)
    assert client.get(f"{at}/sessions").json() == []


@pytest.mark.parametrize(
    ("path", "asked"),
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
def test_what_cannot_be_done_changes_nothing(
    client: TestClient, here: str, session: Json, path: str, asked: Json
) -> None:
    answer = client.post(f"{here}/{path}", json=asked)
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


def test_an_image_that_is_removed_meanwhile(client: TestClient, here: str, scenes: Path) -> None:
    first = results(client, here, 0)[0]["id"]
    with Collection(scenes / ".firs") as collection:
        collection.remove([first])
    assert first not in [each["id"] for each in results(client, here, 0)]


def test_an_empty_collection(serve: Serve, tmp_path: Path) -> None:
    Collection(tmp_path / ".firs").close()
    client = serve(tmp_path)
    [told] = client.get("/api/v1/collections").json()
    answer = client.post(
        f"/api/v1/collections/{told['id']}/sessions", json={"terms": [{"text": "a"}]}
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
    asked = {"terms": [{"text": "green"}], "encoder": "fake"}
    client = serve(scenes)
    told = client.post(f"{at}/sessions", json=asked).json()
    assert told["encoder"] == "fake"
    here = f"{at}/sessions/{told['id']}"
    assert [each["id"] for each in results(client, here, 0)] == expected
    assert results(serve(scenes), here, 0) == results(client, here, 0)
