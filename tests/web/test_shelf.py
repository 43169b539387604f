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


def test_the_same_folder_has_the_same_id_however_it_is_typed(
    scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scenes.parent)
    assert collection_id(scenes / ".firs") == collection_id(Path("scenes/../scenes/.firs"))
    assert collection_id(scenes / ".firs").startswith("scenes-")
    assert collection_id(scenes / ".firs") != collection_id(scenes)


def test_names_that_no_address_can_hold() -> None:
    assert collection_id(Path("/photos/Été à Nîmes!/.firs")).startswith("t-n-mes-")
    assert collection_id(Path("/photos/写真")).startswith("collection-")


def test_an_address_gives_a_name_without_its_secret() -> None:
    id_ = collection_id("milvus://milvus.lan:19530/photos")
    assert id_.startswith("photos-")
    assert id_ == collection_id("milvus://ann:secret@milvus.lan/photos")
    assert id_ != collection_id("milvus://other.lan/photos")


def test_a_collection_is_opened_once(shelf: CollectionRegistry, scenes: Path) -> None:
    first = shelf.put(scenes / ".firs")
    assert shelf.put(scenes / ".firs") is first
    assert shelf.get(first.id) is first
    assert [held.name for held in shelf] == ["scenes"]


def test_none_is_there(shelf: CollectionRegistry, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        shelf.get("none")
    with pytest.raises(CollectionNotFound):
        shelf.put(tmp_path / "nothing")
    assert list(shelf) == []


def test_what_was_remembered_is_opened_by_the_next_run(
    shelf: CollectionRegistry, scenes: Path, memory: Path
) -> None:
    shelf.put(scenes / ".firs", remember=True)
    shelf.put(scenes / ".firs", remember=True)
    assert json.loads(memory.read_text()) == [str(scenes / ".firs")]
    with closing(CollectionRegistry(memory)) as again:
        again.recall()
        assert [held.name for held in again] == ["scenes"]


def test_what_was_dropped_is_not(shelf: CollectionRegistry, scenes: Path, memory: Path) -> None:
    held = shelf.put(scenes / ".firs", remember=True)
    shelf.drop(held.id)
    assert list(shelf) == []
    assert json.loads(memory.read_text()) == []


@pytest.mark.parametrize(
    "told", ["", "{}", "nonsense", '["/nowhere", 3, null]', "null", '["milvus://127.0.0.1:9/none"]']
)
def test_a_memory_that_fails_is_none(shelf: CollectionRegistry, memory: Path, told: str) -> None:
    memory.parent.mkdir()
    memory.write_text(told)
    shelf.recall()
    assert list(shelf) == []


def test_one_that_only_was_opened_is_not_remembered(
    shelf: CollectionRegistry, scenes: Path, memory: Path
) -> None:
    shelf.put(scenes / ".firs")
    assert not memory.exists()


def test_an_encoder_must_have_vectors_there(shelf: CollectionRegistry, scenes: Path) -> None:
    held = shelf.put(scenes / ".firs")
    held.require_encoder(None)
    held.require_encoder("mini")
    with pytest.raises(InputError, match="no vectors of 'fake', only of: mini"):
        held.require_encoder("fake")
    with Collection(scenes / ".firs", FakeEncoder()) as second:
        second.add(scenes)
    held.require_encoder("fake")
