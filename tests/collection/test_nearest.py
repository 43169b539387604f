"""Indexes that are kept while images come and go."""

import logging
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.collection import index_maintainer as upkeep
from firs.index import KINDS
from firs.index.files import file_name
from tests.collection.conftest import Photo, names
from tests.fakes import FakeEncoder
from tests.stores import sqlite_store


@pytest.fixture
def worn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two changes are much."""
    monkeypatch.setattr(upkeep, "FEW", 1)
    monkeypatch.setattr(upkeep, "SHARE", 0.0)


def index_file(collection: Collection, kind: str = "exact") -> Path:
    return collection.path / "index" / "fake" / file_name(kind)


def opened(collection: Collection) -> Collection:
    return Collection(collection.path, FakeEncoder(), create=False)


def best(collection: Collection, query: str) -> str:
    return collection.search(query)[0].path.name


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_built_when_images_come_change_and_go(
    collection: Collection, rainbow: Path, photo: Photo, kind: str
) -> None:
    collection.add(rainbow)
    collection.index.choose(kind)
    before = index_file(collection, kind).read_bytes()
    photo("orange.png", "orange")
    photo("green.png", "purple")
    collection.add(rainbow)
    collection.remove([names(collection)["red.png"]])
    with opened(collection) as again:
        for each in (collection, again):
            assert len(each.search("red", k=20)) == 8
            assert best(each, "orange") == "orange.png"
            assert best(each, "purple") == "green.png"
            assert "red.png" not in {hit.path.name for hit in each.search("red", k=20)}
    assert index_file(collection, kind).read_bytes() == before


def test_it_answers_as_one_that_is_built_afresh(
    collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow)
    collection.search("red")
    for number, colour in enumerate(("orange", "gold", "navy", "teal")):
        photo(f"{colour}.png", colour)
        collection.add(rainbow)
        collection.remove([names(collection)[f"{sorted(names(collection))[number]}"]])
        found = collection.search("gold", k=20)
    index_file(collection).unlink()
    with opened(collection) as reopened:
        again = reopened.search("gold", k=20)
    assert again.ids.tolist() == found.ids.tolist()
    np.testing.assert_array_equal(again.scores, found.scores)


def test_vectors_put_in_the_place_of_others_are_found(
    collection: Collection, rainbow: Path, encoder: FakeEncoder
) -> None:
    collection.add(rainbow)
    assert best(collection, "red") == "red.png"
    [blue] = encoder.encode_texts(["blue"])
    collection.import_vectors(encoder, {rainbow / "red.png": blue, rainbow / "blue.png": -blue})
    assert best(collection, "blue") == "red.png"


@pytest.mark.usefixtures("worn")
def test_where_much_has_changed_another_takes_over(
    collection: Collection, rainbow: Path, photo: Photo
) -> None:
    collection.add(rainbow)
    collection.search("red")
    before = index_file(collection).read_bytes()
    for colour in ("orange", "gold", "navy"):
        photo(f"{colour}.png", colour)
    collection.add(rainbow)
    assert best(collection, "gold") == "gold.png"
    sqlite_store(collection).snapshots.close()  # waits
    assert index_file(collection).read_bytes() != before
    held = sqlite_store(collection).snapshots.nearest._held["fake"]
    assert best(collection, "gold") == "gold.png"
    assert sqlite_store(collection).snapshots.nearest._held["fake"] is not held
    assert not sqlite_store(collection).snapshots.nearest._held["fake"].is_worn


@pytest.mark.usefixtures("worn")
def test_while_it_cannot_be_built_the_old_one_serves_on(
    collection: Collection,
    rainbow: Path,
    photo: Photo,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    collection.add(rainbow)
    collection.search("red")

    def failing(*_: object) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr("firs.index.files.build", failing)
    for colour in ("orange", "gold", "navy"):
        photo(f"{colour}.png", colour)
    collection.add(rainbow)
    for _ in range(2):
        assert best(collection, "gold") == "gold.png"
        sqlite_store(collection).snapshots.close()
    assert "the old one remains in use: no room" in caplog.text


def test_one_from_another_life_of_the_database_is_built_again(
    collection: Collection, rainbow: Path, photo: Photo, caplog: pytest.LogCaptureFixture
) -> None:
    collection.add(rainbow)
    collection.search("red")
    collection.close()
    database = collection.path / "firs.db"
    backup = database.read_bytes()
    photo("orange.png", "orange")
    with opened(collection) as other:
        other.add(rainbow)
        index_file(other).unlink()
        assert best(other, "orange") == "orange.png"
    photo("navy.png", "navy")
    (rainbow / "orange.png").unlink()
    database.write_bytes(backup)
    for rest in collection.path.glob("firs.db-*"):
        rest.unlink()
    with opened(collection) as restored, caplog.at_level(logging.WARNING):
        restored.add(rainbow)
        assert best(restored, "navy") == "navy.png"
        assert best(restored, "orange") != "orange.png"
    assert "is stale or damaged and is built again" in caplog.text


def test_one_of_other_weights_is_built_again_and_that_is_said_in_one_line(
    collection: Collection, rainbow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    collection.add(rainbow)
    collection.index.choose("hash")
    collection.forget_vectors("fake")
    collection.close()
    with Collection(collection.path, FakeEncoder(fingerprint="beef")) as other:
        other.add(rainbow)
        assert best(other, "red") == "red.png"
    assert [record.message for record in caplog.records] == [
        f"{index_file(collection, 'hash')} is stale or damaged and is built again"
    ]


def test_a_kind_that_is_no_more_gives_way_to_the_one_by_size(
    collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    collection.store.documents.put("index", {"fake": {"kind": "ivf-rabitq"}})
    assert collection.index.kind() == "exact"
    assert best(collection, "red") == "red.png"
