from dataclasses import replace
from pathlib import Path

import pytest

from firs.collection.examples import ExampleFile, ExampleRecord
from firs.collection.store import Examples
from firs.errors import StorageError

PICTURE = bytes(range(256)) * 1_000
"""Longer than one row of a server takes."""

FIRST = ExampleRecord("1f", "grün.jpg", 4_000, 3_000, len(PICTURE), 1_700_000_000.25)
SECOND = replace(FIRST, id="0a", name="second.jpg", added_at=FIRST.added_at + 1)


@pytest.fixture
def examples(tmp_path: Path) -> Examples:
    return ExampleFile(tmp_path / "examples.db")


def test_what_was_stored_is_there(examples: Examples) -> None:
    assert (examples.get("1f"), examples.records()) == (None, [])
    examples.add(FIRST, PICTURE)
    examples.add(SECOND, b"small")
    assert examples.get("1f") == (FIRST, PICTURE)
    assert examples.get("0a") == (SECOND, b"small")
    assert examples.get("2b") is None
    assert examples.records() == [FIRST, SECOND]


def test_the_same_again_takes_the_place_of_the_older(examples: Examples) -> None:
    again = replace(FIRST, name="again.jpg", added_at=SECOND.added_at + 1)
    for record in (FIRST, SECOND, again):
        examples.add(record, PICTURE)
    assert examples.records() == [SECOND, again]
    assert examples.get("1f") == (again, PICTURE)


def test_some_are_removed(examples: Examples) -> None:
    examples.remove([])
    examples.add(FIRST, PICTURE)
    examples.add(SECOND, PICTURE)
    examples.remove([FIRST.id, "2b"])
    assert examples.records() == [SECOND]
    assert examples.get(FIRST.id) is None


def test_nothing_is_made_before_the_first(tmp_path: Path) -> None:
    examples = ExampleFile(tmp_path / "examples.db")
    assert (examples.get("1f"), examples.records()) == (None, [])
    assert list(tmp_path.iterdir()) == []


def test_another_process_has_them(tmp_path: Path) -> None:
    ExampleFile(tmp_path / "examples.db").add(FIRST, PICTURE)
    assert ExampleFile(tmp_path / "examples.db").get("1f") == (FIRST, PICTURE)


def test_a_file_that_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "examples.db"
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(StorageError, match="Delete this file"):
        ExampleFile(path).add(FIRST, PICTURE)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        ExampleFile(tmp_path / "none" / "examples.db").add(FIRST, PICTURE)
