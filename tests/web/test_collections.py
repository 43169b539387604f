from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs.collection import Collection
from firs.errors import CollectionNotFound
from firs.samples import copy_samples
from firs.web.app import create_app
from firs.web.registries import OpenCollection
from tests.conftest import SCENES
from tests.web.conftest import Serve, problem


def test_a_collection_at_a_glance(client: TestClient, at: str, scenes: Path) -> None:
    told = client.get(at).json()
    assert told["name"] == "scenes"
    assert told["path"] == str(scenes / ".firs")
    assert (told["images"], told["captions"], told["problems"]) == (SCENES, 5 * SCENES, 0)
    assert told["encoders"] == ["mini"]
    assert client.get("/api/v1/collections").json() == [told]


def test_several(serve: Serve, scenes: Path, tmp_path: Path) -> None:
    copy_samples(tmp_path / "more", 1)
    with Collection(tmp_path / "more" / ".firs") as collection:
        collection.add(tmp_path / "more")
    told = serve(scenes, tmp_path / "more").get("/api/v1/collections").json()
    assert [(each["name"], each["images"]) for each in told] == [("scenes", SCENES), ("more", 1)]


def test_where_one_cannot_be_opened_the_others_are_closed(
    scenes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []
    close = OpenCollection.close

    def noted(opened: OpenCollection) -> None:
        closed.append(opened.name)
        close(opened)

    monkeypatch.setattr(OpenCollection, "close", noted)
    with pytest.raises(CollectionNotFound):
        create_app([scenes / ".firs", tmp_path / "nothing"])
    assert closed == ["scenes"]


def test_none(serve: Serve) -> None:
    assert serve().get("/api/v1/collections").json() == []


def test_one_that_is_not_there(client: TestClient) -> None:
    for path in ("", "/problems", "/images", "/images/1", "/sessions"):
        answer = client.get(f"/api/v1/collections/none{path}")
        assert answer.status_code == 404
        assert "'none'" in problem(answer)["detail"]
