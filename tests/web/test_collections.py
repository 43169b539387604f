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


def test_collection_summary(client: TestClient, at: str, scenes: Path) -> None:
    body = client.get(at).json()
    assert body["name"] == "scenes"
    assert body["path"] == str(scenes / ".firs")
    assert (body["images"], body["captions"], body["problems"]) == (SCENES, 5 * SCENES, 0)
    assert body["encoders"] == ["mini"]
    assert client.get("/api/v1/collections").json() == [body]


def test_several_collections(serve: Serve, scenes: Path, tmp_path: Path) -> None:
    copy_samples(tmp_path / "more", 1)
    with Collection(tmp_path / "more" / ".firs") as collection:
        collection.add(tmp_path / "more")
    body = serve(scenes, tmp_path / "more").get("/api/v1/collections").json()
    assert [(each["name"], each["images"]) for each in body] == [("scenes", SCENES), ("more", 1)]


def test_failed_start_closes_the_open_collections(
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


def test_server_without_collections(serve: Serve) -> None:
    assert serve().get("/api/v1/collections").json() == []


def test_unknown_collection_is_not_found(client: TestClient) -> None:
    for path in ("", "/problems", "/images", "/images/1", "/sessions"):
        answer = client.get(f"/api/v1/collections/none{path}")
        assert answer.status_code == 404
        assert "'none'" in problem(answer)["detail"]
