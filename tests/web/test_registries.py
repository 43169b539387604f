import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import CollectionNotFound, InputError
from firs.web.problems import NotFound
from firs.web.registries import CollectionRegistry, collection_id
from tests.fakes import FakeEncoder


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "served.json"


@pytest.fixture
def shelf(memory: Path) -> Iterator[CollectionRegistry]:
    with closing(CollectionRegistry(memory)) as opened:
        yield opened


def test_folder_has_the_same_id_for_any_spelling(
    scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scenes.parent)
    assert collection_id(scenes / ".firs") == collection_id(Path("scenes/../scenes/.firs"))
    assert collection_id(scenes / ".firs").startswith("scenes-")
    assert collection_id(scenes / ".firs") != collection_id(scenes)


def test_ids_contain_only_url_characters() -> None:
    assert collection_id(Path("/photos/Été à Nîmes!/.firs")).startswith("t-n-mes-")
    assert collection_id(Path("/photos/写真")).startswith("collection-")


def test_id_of_an_address_contains_no_secret() -> None:
    id_ = collection_id("milvus://milvus.lan:19530/photos")
    assert id_.startswith("photos-")
    assert id_ == collection_id("milvus://ann:secret@milvus.lan/photos")
    assert id_ != collection_id("milvus://other.lan/photos")


def test_a_collection_is_opened_once(shelf: CollectionRegistry, scenes: Path) -> None:
    first = shelf.put(scenes / ".firs")
    assert shelf.put(scenes / ".firs") is first
    assert shelf.get(first.id) is first
    assert [entry.name for entry in shelf] == ["scenes"]


def test_unknown_collection_is_not_found(shelf: CollectionRegistry, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        shelf.get("none")
    with pytest.raises(CollectionNotFound):
        shelf.put(tmp_path / "nothing")
    assert list(shelf) == []


def test_remembered_collection_is_opened_by_the_next_run(
    shelf: CollectionRegistry, scenes: Path, memory: Path
) -> None:
    shelf.put(scenes / ".firs", remember=True)
    shelf.put(scenes / ".firs", remember=True)
    assert json.loads(memory.read_text()) == [str(scenes / ".firs")]
    with closing(CollectionRegistry(memory)) as again:
        again.recall()
        assert [entry.name for entry in again] == ["scenes"]


def test_dropped_collection_is_forgotten(
    shelf: CollectionRegistry, scenes: Path, memory: Path
) -> None:
    entry = shelf.put(scenes / ".firs", remember=True)
    shelf.drop(entry.id)
    assert list(shelf) == []
    assert json.loads(memory.read_text()) == []


@pytest.mark.parametrize(
    "body", ["", "{}", "nonsense", '["/nowhere", 3, null]', "null", '["milvus://127.0.0.1:9/none"]']
)
def test_invalid_memory_file_is_ignored(shelf: CollectionRegistry, memory: Path, body: str) -> None:
    memory.parent.mkdir()
    memory.write_text(body)
    shelf.recall()
    assert list(shelf) == []


def test_opened_collection_is_not_remembered(
    shelf: CollectionRegistry, scenes: Path, memory: Path
) -> None:
    shelf.put(scenes / ".firs")
    assert not memory.exists()


def test_encoder_needs_embeddings_in_the_collection(
    shelf: CollectionRegistry, scenes: Path
) -> None:
    entry = shelf.put(scenes / ".firs")
    entry.require_encoder(None)
    entry.require_encoder("mini")
    with pytest.raises(InputError, match="no vectors of 'fake', only of: mini"):
        entry.require_encoder("fake")
    with Collection(scenes / ".firs", FakeEncoder()) as second:
        second.add(scenes)
    entry.require_encoder("fake")
