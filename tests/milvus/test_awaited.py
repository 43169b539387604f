"""A page that is started before its collection on a server is there shows it when it is."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from firs.collection import Collection
from firs.errors import CollectionNotFound, LoginRefused, ServerDown
from firs.web import registries
from firs.web.app import create_app
from firs.web.registries import CollectionRegistry, collection_id
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus

TIMEOUT = 60.0


@pytest.fixture(autouse=True)
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registries, "AWAIT_SECONDS", 0.01)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[CollectionRegistry]:
    with closing(CollectionRegistry(tmp_path / "served.json")) as opened:
        yield opened


def wait_for(registry: CollectionRegistry) -> None:
    thread = registry._waiting
    assert thread is not None
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def test_one_that_does_not_exist_yet(
    milvus: FakeMilvus, url: str, registry: CollectionRegistry, rainbow: Path
) -> None:
    registry.put_or_await(url)
    assert list(registry) == []
    with pytest.raises(CollectionNotFound, match="firs index DIR --store milvus://"):
        registry.get(collection_id(url))
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow)
    wait_for(registry)
    assert [each.name for each in registry] == ["photos"]
    assert registry.get(collection_id(url)).collection.location == url


def test_a_collection_without_its_server(
    milvus: FakeMilvus, url: str, registry: CollectionRegistry, rainbow: Path
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow)
    milvus.is_down = True
    registry.put_or_await(url)
    with pytest.raises(ServerDown):
        registry.get(collection_id(url))
    milvus.is_down = False
    wait_for(registry)
    assert [each.name for each in registry] == ["photos"]


def test_permanent_errors_are_raised_at_once(
    milvus: FakeMilvus, url: str, registry: CollectionRegistry, tmp_path: Path
) -> None:
    milvus.token = "ann:secret"
    with pytest.raises(LoginRefused):
        registry.put_or_await(url)
    with pytest.raises(CollectionNotFound):
        registry.put_or_await(tmp_path / "nothing")
    assert registry._waiting is None


def test_a_registry_that_is_closed_waits_no_longer(
    milvus: FakeMilvus, url: str, registry: CollectionRegistry
) -> None:
    registry.put_or_await(url)
    registry.close()
    wait_for(registry)


def test_remembered_collections_wait_for_their_server(
    milvus: FakeMilvus, url: str, registry: CollectionRegistry, rainbow: Path, tmp_path: Path
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow)
    registry.put(url, remember=True)
    milvus.is_down = True
    with closing(CollectionRegistry(tmp_path / "served.json")) as again:
        again.recall()
        assert list(again) == []
        milvus.is_down = False
        wait_for(again)
        assert [each.name for each in again] == ["photos"]


def test_over_http(milvus: FakeMilvus, url: str, rainbow: Path) -> None:
    with TestClient(create_app([url]), base_url="http://127.0.0.1:8017") as client:
        assert client.get("/api/v1/collections").json() == []
        answer = client.get(f"/api/v1/collections/{collection_id(url)}")
        assert answer.status_code == 409
        assert "firs index DIR" in answer.json()["detail"]
        with Collection(url, FakeEncoder()) as collection:
            collection.add(rainbow)
        wait_for(client.app.state.firs.collections)  # type: ignore[attr-defined]
        assert [each["name"] for each in client.get("/api/v1/collections").json()] == ["photos"]
