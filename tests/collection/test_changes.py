"""What is noted of an encoder's vectors when they change."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.collection.index_maintainer import StoredEntries, changes_since, is_known
from firs.storage import rows
from firs.storage import rows as vector_rows
from tests.collection.conftest import Photo, names
from tests.stores import sqlite_store


@pytest.fixture
def connection(collection: Collection, rainbow: Path) -> Iterator[sqlite3.Connection]:
    collection.add(rainbow)
    with sqlite_store(collection).database.reading() as connection:
        yield connection


def revision(collection: Collection) -> int:
    with sqlite_store(collection).database.reading() as connection:
        return rows.encoders(connection)[0].revision


def changed(collection: Collection, since: int) -> list[int]:
    with sqlite_store(collection).database.reading() as connection:
        assert is_known(connection, "fake", since)
        found: list[int] = changes_since(connection, "fake", since).tolist()
        return found


def test_what_came_changed_and_went(collection: Collection, rainbow: Path, photo: Photo) -> None:
    collection.add(rainbow)
    ids, first = names(collection), revision(collection)
    assert changed(collection, first) == []
    photo("orange.png", "orange")
    photo("green.png", "purple")
    collection.add(rainbow)
    second = revision(collection)
    collection.remove([ids["red.png"]])
    orange = names(collection)["orange.png"]
    assert changed(collection, first) == sorted([ids["red.png"], ids["green.png"], orange])
    assert changed(collection, second) == [ids["red.png"]]


def test_what_was_never_noted_is_not_known(connection: sqlite3.Connection) -> None:
    assert not is_known(connection, "fake", 1)
    assert not is_known(connection, "other", 1)


def test_an_encoder_that_is_forgotten_leaves_nothing(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    collection.forget_vectors("fake")
    with sqlite_store(collection).database.reading() as connection:
        assert rows.count(connection, "vector_change") == 0


def test_entries_come_in_parts(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_rows, "_PART", 3)
    entries = StoredEntries(connection, "fake")
    ids, vectors = rows.vectors(connection, "fake")
    assert (len(entries), entries.dim) == vectors.shape
    assert [some.tolist() for some, _ in entries.parts()] == [
        ids[:3].tolist(),
        ids[3:6].tolist(),
        ids[6:].tolist(),
    ]


def test_the_vectors_of_some(connection: sqlite3.Connection) -> None:
    ids, vectors = rows.vectors(connection, "fake")
    wanted = ids[[5, 1]]
    found, some = vector_rows.some_vectors(connection, "fake", np.array([*wanted, 999]))
    assert found.tolist() == sorted(wanted.tolist())
    assert (some == vectors[[1, 5]]).all()
    assert vector_rows.some_vectors(connection, "fake", ids[:0])[1].shape == (0, vectors.shape[1])


@pytest.mark.parametrize(
    ("count", "picked"), [(1, [0]), (3, [0, 3, 6]), (8, range(8)), (99, range(8))]
)
def test_some_evenly_picked(connection: sqlite3.Connection, count: int, picked: list[int]) -> None:
    _, vectors = rows.vectors(connection, "fake")
    assert (vector_rows.evenly_picked(connection, "fake", count) == vectors[list(picked)]).all()
