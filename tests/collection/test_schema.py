"""Collections of older forms, brought up to date with nothing lost."""

import re
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import StorageError
from firs.filters import Filter
from firs.storage import schema
from firs.storage.database import Database
from tests.collection.conftest import names
from tests.fakes import FakeEncoder


def downgrade(folder: Path) -> None:
    """Take away all that came after the first form."""
    with Database(folder, create=False).writing() as connection:
        added = connection.execute(
            "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        ).fetchall()
        first = schema.STEPS[0].read_text("utf-8")
        for kind, name in sorted(added, reverse=True):
            if f"{kind.upper()} {name}" not in first:
                connection.execute(f"DROP {kind} IF EXISTS {name}")
        [problem] = re.findall(r"CREATE TABLE problem \([^;]*;", first)
        connection.execute(problem)  # a later step replaced it
        connection.execute("PRAGMA user_version = 1")


@pytest.fixture
def old(collection: Collection, rainbow: Path) -> Path:
    collection.add(rainbow)
    collection.close()
    downgrade(collection.path)
    return collection.path


def test_a_collection_of_the_first_form_is_searched_and_tagged(old: Path, rainbow: Path) -> None:
    with Collection(old, FakeEncoder(), create=False) as opened:
        assert opened.info().schema == len(schema.STEPS)
        assert len(opened) == 8
        red = names(opened)["red.png"]
        opened.tag([red], "warm")
        assert opened.search("blue", where=Filter(tags="warm")).ids.tolist() == [red]
        assert opened.add(rainbow).unchanged == 8


def test_where_it_cannot_be_written_it_says_what_to_do(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(StorageError, match=r"older QT-FIRS.*Open it once where it can be written"):
        Collection(old, FakeEncoder(), create=False)
