"""Two processes that serve one collection: what is done through one is seen through the other."""

import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from firs.web.registries import collection_id
from tests.imaging.making import encoded, plain
from tests.web.server_process import ServerProcess

Json = dict[str, Any]
Client = httpx2.Client


@pytest.fixture(scope="module")
def folder(indexed_scenes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(indexed_scenes, tmp_path_factory.mktemp("two") / "scenes"))


@pytest.fixture(scope="module")
def clients(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Client]]:
    """Of two servers over the same folder."""
    with ExitStack() as running:
        servers = [
            running.enter_context(
                closing(ServerProcess(folder, cache=tmp_path_factory.mktemp("cache")))
            )
            for _ in range(2)
        ]
        yield [server.client for server in servers]


@pytest.fixture
def a(clients: Sequence[Client]) -> Client:
    return clients[0]


@pytest.fixture
def b(clients: Sequence[Client]) -> Client:
    return clients[1]


@pytest.fixture
def at(folder: Path) -> str:
    return f"/api/v1/collections/{collection_id(folder / '.firs')}"


@pytest.fixture
def here(a: Client, b: Client, at: str) -> str:
    """A session that both servers have open."""
    begun = begin(a, at, {"text": "a red train"})
    here = f"{at}/sessions/{begun['id']}"
    assert b.get(here).json() == begun
    return here


def begin(client: Client, at: str, *terms: Json) -> Json:
    answer = client.post(f"{at}/sessions", json={"terms": terms})
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    return body


def ids(client: Client, here: str, number: int) -> list[int]:
    answer = client.get(f"{here}/rounds/{number}/results")
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()["results"]]


def mark(client: Client, here: str, image: int) -> httpx2.Response:
    return client.post(f"{here}/rounds/0/marks", json={"relevant": [image]})


def test_round_of_one_server_is_visible_on_the_other(a: Client, b: Client, here: str) -> None:
    mark(a, here, ids(a, here, 0)[4])
    assert b.post(f"{here}/rounds/0/next", json={"shown": 10}).status_code == 200
    assert ids(a, here, 1) == ids(b, here, 1)
    assert a.post(f"{here}/rounds/1/next", json={"method": "pseudo"}).status_code == 200
    assert ids(b, here, 2) == ids(a, here, 2)
    assert a.get(here).json() == b.get(here).json()
    compared = f"{here}/compare?a=0&b=2"
    assert a.get(compared).json() == b.get(compared).json()


def test_undo_on_one_server_is_visible_on_the_other(a: Client, b: Client, here: str) -> None:
    b.post(f"{here}/rounds/0/next", json={"method": "pseudo"})
    assert a.post(f"{here}/undo").json()["rounds"] == b.get(here).json()["rounds"]
    assert b.get(f"{here}/rounds/1/results").status_code == 404
    b.post(f"{here}/rounds/0/next", json={"method": "rocchio"})
    assert a.get(here).json()["rounds"][1]["method"] == "rocchio"
    assert ids(a, here, 1) == ids(b, here, 1)


def test_session_deleted_on_one_server_is_gone_on_the_other(
    a: Client, b: Client, here: str
) -> None:
    assert b.delete(here).status_code == 204
    for answer in (a.get(here), a.get(f"{here}/rounds/0/results"), mark(a, here, 3)):
        assert answer.status_code == 404
        assert answer.json()["type"] == "/docs#session-not-found"
    assert here.rpartition("/")[2] not in a.get(here.rpartition("/")[0]).text


def test_concurrent_acknowledged_writes_are_not_lost(a: Client, b: Client, here: str) -> None:
    images = ids(a, here, 0)[:20]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(mark, [a, b] * 10, [here] * 20, images))
    done = [id_ for id_, answer in zip(images, answers, strict=True) if answer.status_code == 200]
    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert {(each["status"], each["type"]) for each in refused} <= {(409, "/docs#session-conflict")}
    assert done
    for client in (a, b):
        [round_] = client.get(here).json()["rounds"]
        assert set(round_["marks"]["relevant"]) == set(done)


def test_example_uploaded_to_one_server_is_usable_on_the_other(
    a: Client, b: Client, at: str
) -> None:
    picture = encoded(plain("green", (240, 160)), "PNG")
    upload = a.post(f"{at}/uploads", files={"file": ("mine.png", picture)}).json()
    session = begin(b, at, {"upload": upload["id"]})
    same = begin(a, at, {"upload": upload["id"]})
    first = ids(b, f"{at}/sessions/{session['id']}", 0)
    assert ids(a, f"{at}/sessions/{same['id']}", 0) == first
    [term] = a.get(f"{at}/sessions/{session['id']}").json()["terms"]
    assert [term] == session["terms"]
    for address in (term["thumbnail"], f"/api/v1/uploads/{upload['id']}/thumbnail"):
        shown = a.get(address)
        assert shown.headers["content-type"] == "image/webp"
        assert b.get(address).content == shown.content
    again = begin(a, at, {"upload": term["upload"]})
    assert ids(a, f"{at}/sessions/{again['id']}", 0) == first
