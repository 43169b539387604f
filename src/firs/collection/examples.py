"""Example images that clients of a server uploaded, in a file of their own or as documents.

They are temporary and can be uploaded again, so the file may be deleted at any time.
"""

import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from firs.errors import StorageError
from firs.storage.database import clear_errors
from firs.storage.documents import Body, Document, Documents

NAME = "examples.db"

_WAIT_SECONDS = 10.0
_TABLE = """
CREATE TABLE IF NOT EXISTS example (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    added_at REAL NOT NULL,
    data BLOB NOT NULL
)
"""
_DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})
_COLUMNS = "id, name, width, height, bytes, added_at"


@dataclass(frozen=True, slots=True)
class ExampleRecord:
    """An uploaded picture at a glance.

    Args:
        id: names the content of the uploaded file, so that the same file has the same id.
        name: of the file, without folders.
        width: of the uploaded picture, upright, in pixels.
        height: the same.
        bytes: of what is stored.
        added_at: seconds since 1970.
    """

    id: str
    name: str
    width: int
    height: int
    bytes: int
    added_at: float


class ExampleFile:
    """Example pictures in one SQLite file, which several processes may use at once.

    Args:
        path: the file; it is made by the first picture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, record: ExampleRecord, data: bytes) -> None:
        with self._open() as connection:
            connection.execute(_TABLE)
            connection.execute(
                "INSERT OR REPLACE INTO example VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*astuple(record), data),
            )

    def get(self, id_: str) -> tuple[ExampleRecord, bytes] | None:
        found = self._read(f"SELECT {_COLUMNS}, data FROM example WHERE id = ?", (id_,))  # noqa: S608
        return next(((ExampleRecord(*row), data) for *row, data in found), None)

    def records(self) -> list[ExampleRecord]:
        found = self._read(f"SELECT {_COLUMNS} FROM example ORDER BY added_at, id")  # noqa: S608
        return [ExampleRecord(*row) for row in found]

    def remove(self, ids: Iterable[str]) -> None:
        if given := [(id_,) for id_ in ids]:
            with self._open() as connection:
                connection.executemany("DELETE FROM example WHERE id = ?", given)

    def _read(self, query: str, given: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
        if not self._path.exists():
            return []
        with self._open() as connection:
            return connection.execute(query, given).fetchall()

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction.

        Raises:
            StorageError: it is damaged, or the disk is full, read-only or failing.
        """
        with clear_errors(self._path), closing(_connect(self._path)) as connection, connection:
            try:
                yield connection
            except sqlite3.DatabaseError as error:
                if getattr(error, "sqlite_errorname", "") in _DAMAGED:
                    raise StorageError(
                        f"{self._path} is damaged ({error}). Delete this file, which has nothing "
                        "but uploaded examples, and upload the picture again."
                    ) from error
                raise


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=_WAIT_SECONDS)


EXAMPLE, DATA = "example", "example-data"
"""Kinds of documents: what is known of a picture, and its bytes."""


class DocumentExamples:
    """Example images stored as documents, on a server.

    Args:
        documents: the documents of the collection.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def add(self, record: ExampleRecord, data: bytes) -> None:
        content = Document(DATA, record.id, {"data": b64encode(data).decode()})
        self._documents.write([content, Document(EXAMPLE, record.id, asdict(record))])

    def get(self, id_: str) -> tuple[ExampleRecord, bytes] | None:
        record, content = (self._find(kind, id_) for kind in (EXAMPLE, DATA))
        if record is None or content is None:
            return None
        return ExampleRecord(**record), b64decode(content["data"])

    def records(self) -> list[ExampleRecord]:
        found = (ExampleRecord(**each) for each in dict(self._documents.each(EXAMPLE)).values())
        return sorted(found, key=lambda each: (each.added_at, each.id))

    def remove(self, ids: Iterable[str]) -> None:
        """Delete examples by id; unknown ids are ignored."""
        given = list(ids)
        for kind in (EXAMPLE, DATA):
            self._documents.forget(kind, given)

    def _find(self, kind: str, id_: str) -> Body | None:
        """Return a document, even one that another process has only just written."""
        found = self._documents.get(kind, [id_]) or self._documents.get(kind, [id_], fresh=True)
        return found.get(id_)
