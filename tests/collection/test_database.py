"""The database: made whole or not at all, ours or left alone, read and written at once."""

import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest

from firs.errors import (
    CollectionBusy,
    CollectionNotFound,
    NewerCollection,
    NotACollection,
    StorageError,
)
from firs.storage import schema
from firs.storage.database import DATABASE_NAME, LOCK_NAME, Database, sole_writer, transaction


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "photos" / ".firs"


@pytest.fixture
def database(folder: Path) -> Iterator[Database]:
    made = Database(folder, create=True)
    yield made
    made.close()


def note(database: Database, key: str) -> None:
    with database.writing() as connection, transaction(connection):
        connection.execute("INSERT INTO meta VALUES (?, 'x')", (key,))


def notes(database: Database) -> set[str]:
    with database.reading() as connection:
        return {key for (key,) in connection.execute("SELECT key FROM meta")} - {"created_at"}


def foreign(path: Path, *statements: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_is_safe_and_says_whose_it_is(database: Database) -> None:
    with database.writing() as connection:

        def pragma(name: str) -> object:
            return connection.execute(f"PRAGMA {name}").fetchone()[0]

        assert pragma("journal_mode") == "wal"
        assert pragma("synchronous") == 2  # FULL
        assert pragma("foreign_keys") == 1
        assert pragma("application_id") == int.from_bytes(b"FIRS", "big")
        assert pragma("user_version") == len(schema.STEPS)


def test_opens_again(folder: Path, database: Database) -> None:
    note(database, "kept")
    database.close()
    again = Database(folder, create=False)
    assert notes(again) == {"kept"}
    again.close()


def test_nothing_there_is_told_and_nothing_is_made(folder: Path) -> None:
    with pytest.raises(CollectionNotFound, match="firs index"):
        Database(folder, create=False)
    assert not folder.exists()


@pytest.mark.parametrize("remains", [b"", None])
def test_what_was_never_finished_is_finished(folder: Path, remains: bytes | None) -> None:
    """Killed before the first transaction: an empty file, or a database without tables."""
    folder.mkdir(parents=True)
    path = folder / DATABASE_NAME
    if remains is None:
        foreign(path, "PRAGMA journal_mode = WAL")
        assert path.stat().st_size > 0
    else:
        path.write_bytes(remains)
    with pytest.raises(CollectionNotFound):
        Database(folder, create=False)
    Database(folder, create=True).close()
    Database(folder, create=False).close()


def test_leaves_other_peoples_things_alone(folder: Path, tmp_path: Path) -> None:
    foreign(folder / DATABASE_NAME, "CREATE TABLE theirs (x)")
    other_owner = tmp_path / "other"
    foreign(other_owner / DATABASE_NAME, "PRAGMA application_id = 7")
    no_database = tmp_path / "none"
    no_database.mkdir()
    (no_database / DATABASE_NAME).write_text("This is my diary. " * 100)
    full_folder = tmp_path / "full"
    full_folder.mkdir()
    (full_folder / "thesis.tex").touch()
    a_file = tmp_path / "file"
    a_file.touch()
    for place in (folder, other_owner, no_database, full_folder, a_file, a_file / "below"):
        before = sorted(place.rglob("*"))
        with pytest.raises(NotACollection):
            Database(place, create=True)
        assert sorted(place.rglob("*")) == before


def test_a_newer_schema_asks_for_an_upgrade(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.close()
    foreign(folder / DATABASE_NAME, "PRAGMA user_version = 99")
    with pytest.raises(NewerCollection, match="pip install --upgrade"):
        Database(folder, create=True)


def step(file: Path, script: str) -> Path:
    file.write_text(script)
    return file


def add_steps(patch: pytest.MonkeyPatch, *steps: Path) -> None:
    patch.setattr(schema, "STEPS", [*schema.STEPS, *steps])
    patch.setattr("firs.storage.database.STEPS", schema.STEPS)


def test_an_older_schema_is_brought_up_step_by_step(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(database, "kept")
    database.close()

    add_steps(
        monkeypatch,
        step(folder / "add.sql", "ALTER TABLE meta ADD COLUMN colour TEXT DEFAULT 'red';"),
        step(folder / "use.sql", "UPDATE meta SET colour = 'blue' WHERE key = 'kept';"),
    )
    upgraded = Database(folder, create=False)
    with upgraded.reading() as connection:
        rows = connection.execute("SELECT colour FROM meta WHERE key = 'kept'").fetchall()
        assert rows == [("blue",)]
    upgraded.close()
    Database(folder, create=False).close()


def test_a_migration_that_fails_changes_nothing(
    folder: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(database, "kept")
    database.close()

    with monkeypatch.context() as patch:
        add_steps(patch, step(folder / "fail.sql", "DELETE FROM meta;\nDELETE FROM nowhere;\n"))
        with pytest.raises(sqlite3.OperationalError, match="no such table: nowhere"):
            Database(folder, create=False)
    again = Database(folder, create=False)
    assert notes(again) == {"kept"}
    again.close()


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    with database.writing() as connection, suppress(RuntimeError), transaction(connection):
        connection.execute("INSERT INTO meta VALUES ('half', 'x')")
        raise RuntimeError
    assert notes(database) == set()


def test_a_reader_sees_one_state_and_waits_for_nobody(database: Database) -> None:
    with database.reading() as reader, database.writing() as writer, transaction(writer):
        before = reader.execute("SELECT count(*) FROM meta").fetchone()
        writer.execute("INSERT INTO meta VALUES ('new', 'x')")
        with database.reading() as another:
            assert another.execute("SELECT count(*) FROM meta").fetchone() == before
        writer.execute("COMMIT")
        assert reader.execute("SELECT count(*) FROM meta").fetchone() == before
        writer.execute("BEGIN")
    assert notes(database) == {"new"}


def test_readers_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError), database.reading() as connection:
        connection.execute("DELETE FROM meta")


class Failing(sqlite3.Connection):
    """A connection on a disk that fails at some statements."""

    failing: ClassVar[set[str]] = set()
    closed = 0

    def execute(self, statement: str, /, *arguments: Any) -> sqlite3.Cursor:
        if statement in self.failing:
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(statement, *arguments)

    def close(self) -> None:
        type(self).closed += 1
        super().close()


@pytest.mark.parametrize("statement", ["PRAGMA query_only = ON", "ROLLBACK"])
def test_a_connection_that_fails_is_closed(
    database: Database, monkeypatch: pytest.MonkeyPatch, statement: str
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Failing))
    monkeypatch.setattr(Failing, "failing", {statement})
    monkeypatch.setattr(Failing, "closed", 0)
    with pytest.raises(sqlite3.OperationalError), database.reading():
        pass
    assert Failing.closed == 1
    assert not database._idle


def test_many_threads_read_through_few_connections(database: Database) -> None:
    seen: list[int] = []

    def read() -> None:
        seen.extend(len(notes(database)) for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        reading = [pool.submit(read) for _ in range(8)]
        for number in range(5):
            note(database, str(number))
    for each in reading:
        each.result()
    assert len(seen) == 160
    assert set(seen) <= set(range(6))
    assert len(database._idle) <= 8


def test_a_second_writer_is_told_at_once(folder: Path, database: Database) -> None:
    other = Database(folder, create=False)
    with database.writing():
        for busy in (database, other):
            with pytest.raises(CollectionBusy, match="Wait until it is done"):
                note(busy, "never")
        assert notes(other) == set()
    note(other, "later")
    other.close()


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="--collection"), sole_writer(tmp_path / "file"):
        pass


def test_a_full_disk_loses_nothing_that_was_done(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(database, "before")
    with pytest.raises(StorageError, match=r"full.*Free some space"):  # noqa: PT012, SIM117
        with database.writing() as connection, transaction(connection):
            connection.execute("PRAGMA max_page_count = 1")
            connection.execute("INSERT INTO meta VALUES ('big', ?)", ("x" * 10_000_000,))
    assert notes(database) == {"before"}
    note(database, "after")
    assert notes(database) == {"before", "after"}


def test_a_damaged_database_names_the_way_out(folder: Path, database: Database) -> None:
    with database.writing() as connection, transaction(connection):
        connection.executemany(
            "INSERT INTO meta VALUES (?, ?)", [(str(n), "x" * 500) for n in range(500)]
        )
    database.close()
    data = bytearray((folder / DATABASE_NAME).read_bytes())
    half = len(data) // 2  # well behind the tables' definitions
    data[half:] = os.urandom(len(data) - half)
    (folder / DATABASE_NAME).write_bytes(data)
    damaged = Database(folder, create=False)
    with pytest.raises(StorageError, match="index the photos again"), damaged.reading() as reader:
        reader.execute("SELECT sum(length(value)) FROM meta").fetchone()
    damaged.close()


def test_a_closed_database_says_so(database: Database) -> None:
    database.close()
    with pytest.raises(StorageError, match="closed"), database.reading():
        pass


def test_the_lock_file_is_not_taken_for_a_strangers(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / LOCK_NAME).touch()
    Database(folder, create=True).close()
