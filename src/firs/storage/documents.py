"""Small documents next to the images: sessions, the query log, calibrations and the like.

A document is JSON with a kind and a key. :class:`SQLiteDocuments` stores them in a folder's
database, ``firs.milvus.documents`` on a server; what uses them is written once for both.
"""

import base64
import hashlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from firs.sources.paths import Root
from firs.storage.database import Database, chunks, marks, now

Body = Mapping[str, Any]
"""The content of a document: what JSON can represent."""

Connect = Callable[[], AbstractContextManager[sqlite3.Connection]]


class Document(NamedTuple):
    """A document to write; if its body has an ``image``, it can be found by that as well.

    Args:
        kind: its kind, up to 64 letters, without ``/``.
        key: unique within its kind, up to 900 bytes.
        body: its content.
        stamp: distinguishes this state from others; random if empty.
    """

    kind: str
    key: str
    body: Body
    stamp: str = ""


class Documents(Protocol):
    """The documents of one collection.

    ``fresh`` requests that a read includes everything that any process has written; in a folder it
    always does.
    """

    @property
    def is_writable(self) -> bool:
        """Return whether documents can be written."""

    def atomic(self) -> AbstractContextManager[None]:
        """Combine reads and writes into one transaction, where the store has transactions.

        On a server each write is applied at once, and must be reverted by the caller on an error.
        """

    def write(self, documents: Iterable[Document]) -> None:
        """Write documents, each replacing an older one of the same kind and key.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing was written.
        """

    def put(self, kind: str, bodies: Mapping[str, Body]) -> None:
        """Write documents of one kind by their keys."""

    def get(self, kind: str, keys: Iterable[str], *, fresh: bool = False) -> dict[str, Body]:
        """Return documents by their keys; unknown keys are omitted."""

    def get_with_stamps(
        self, kind: str, keys: Iterable[str], *, fresh: bool = False
    ) -> list[tuple[str, tuple[Body, str]]]:
        """Return documents and their stamps by their keys."""

    def stamp(self, kind: str, key: str) -> str | None:
        """Return the stamp of a document without reading it; None if it does not exist."""

    def each(
        self, kind: str, prefix: str = "", *, fresh: bool = False
    ) -> Iterator[tuple[str, Body]]:
        """Yield the keys and documents of a kind whose keys begin with a prefix, by key."""

    def tree(self, kind: str, key: str, *, fresh: bool = False) -> dict[str, Body]:
        """Return a document and those whose keys begin with its key and a slash, by key."""

    def tree_keys(self, kind: str, key: str, *, fresh: bool = False) -> list[str]:
        """Return the keys of the same documents."""

    def keys(self, kind: str, prefix: str = "", *, fresh: bool = False) -> list[str]:
        """Return the keys of a kind that begin with a prefix, ascending."""

    def count(self, kind: str, prefix: str = "") -> int:
        """Return the number of documents of a kind whose keys begin with a prefix."""

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        """Remove documents by their keys; unknown keys are ignored."""

    def forget_all(self, kind: str, prefix: str = "") -> int:
        """Remove the documents of a kind whose keys begin with a prefix; return their number."""


class SQLiteDocuments:
    """The documents of a collection in a folder; see :class:`Documents`.

    Args:
        reading: opens a connection to read from.
        writing: opens a connection in a transaction to write to; None if nothing can be written.
    """

    def __init__(self, reading: Connect, writing: Connect | None = None) -> None:
        self._reads = reading
        self._writes = writing
        self._open = threading.local()

    @classmethod
    def of(cls, database: Database) -> "SQLiteDocuments":
        """Return the documents in a database, of its newest state."""
        return cls(database.reading, database.short_write if database.writable else None)

    @classmethod
    def within(cls, connection: sqlite3.Connection) -> "SQLiteDocuments":
        """Return the documents as a connection sees them; writes belong to its transaction."""
        return cls(lambda: nullcontext(connection), lambda: nullcontext(connection))

    @property
    def is_writable(self) -> bool:
        return self._writes is not None

    @contextmanager
    def atomic(self) -> Iterator[None]:
        with self._writing():
            yield

    def write(self, documents: Iterable[Document]) -> None:
        """Write documents in one transaction."""
        rows = [_row(each) for each in documents]
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO document (kind, key, image, stamp, body) "
                "VALUES (?, ?, ?, ?, ?)",
                rows,
            )

    def put(self, kind: str, bodies: Mapping[str, Body]) -> None:
        self.write(Document(kind, key, body) for key, body in bodies.items())

    def get(self, kind: str, keys: Iterable[str], *, fresh: bool = False) -> dict[str, Body]:
        return {key: body for key, (body, _) in self.get_with_stamps(kind, keys, fresh=fresh)}

    def get_with_stamps(
        self,
        kind: str,
        keys: Iterable[str],
        *,
        fresh: bool = False,  # noqa: ARG002
    ) -> list[tuple[str, tuple[Body, str]]]:
        found: list[tuple[str, tuple[Body, str]]] = []
        with self._reading() as connection:
            for some in chunks(dict.fromkeys(keys)):
                rows = connection.execute(
                    "SELECT key, body, stamp FROM document "  # noqa: S608
                    f"WHERE kind = ? AND key IN ({marks(some)})",
                    (kind, *some),
                )
                found += [(key, (json.loads(body), stamp)) for key, body, stamp in rows]
        return found

    def stamp(self, kind: str, key: str) -> str | None:
        with self._reading() as connection:
            row = connection.execute(
                "SELECT stamp FROM document WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        return None if row is None else str(row[0])

    def each(
        self,
        kind: str,
        prefix: str = "",
        *,
        fresh: bool = False,  # noqa: ARG002
    ) -> Iterator[tuple[str, Body]]:
        yield from (
            (key, json.loads(body)) for key, body in self._select("key, body", kind, prefix)
        )

    def tree(self, kind: str, key: str, *, fresh: bool = False) -> dict[str, Body]:  # noqa: ARG002
        with self._snapshot():
            return self.get(kind, [key]) | dict(self.each(kind, f"{key}/"))

    def tree_keys(self, kind: str, key: str, *, fresh: bool = False) -> list[str]:  # noqa: ARG002
        with self._snapshot():
            own = [key] if self.stamp(kind, key) is not None else []
            return own + self.keys(kind, f"{key}/")

    def keys(self, kind: str, prefix: str = "", *, fresh: bool = False) -> list[str]:  # noqa: ARG002
        return [key for (key,) in self._select("key", kind, prefix)]

    def count(self, kind: str, prefix: str = "") -> int:
        [(count,)] = self._select("count(*)", kind, prefix)
        return int(count)

    def forget(self, kind: str, keys: Iterable[str]) -> None:
        given = [(kind, key) for key in keys]
        if given:
            with self._writing() as connection:
                connection.executemany("DELETE FROM document WHERE kind = ? AND key = ?", given)

    def forget_all(self, kind: str, prefix: str = "") -> int:
        with self._writing() as connection:
            return connection.execute(
                f"DELETE FROM document WHERE {_BEGINS}",  # noqa: S608
                _range(kind, prefix),
            ).rowcount

    def _select(self, columns: str, kind: str, prefix: str) -> list[tuple[str, ...]]:
        with self._reading() as connection:
            return connection.execute(
                f"SELECT {columns} FROM document WHERE {_BEGINS} ORDER BY key",  # noqa: S608
                _range(kind, prefix),
            ).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Open a connection to read from, or the one that this thread has open."""
        connection = getattr(self._open, "connection", None)
        with nullcontext(connection) if connection else self._reads() as opened:
            yield opened

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Let this thread read from one state of the database."""
        with self._reading() as connection, self._keep_open(connection):
            yield

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction to write in, or continue the one that this thread has open."""
        connection = getattr(self._open, "connection", None)
        if connection:
            yield connection
            return
        writes = self._writes or self._reads  # a read-only file reports what to do
        with writes() as opened, self._keep_open(opened):
            yield opened

    @contextmanager
    def _keep_open(self, connection: sqlite3.Connection) -> Iterator[None]:
        before = getattr(self._open, "connection", None)
        self._open.connection = connection
        try:
            yield
        finally:
            self._open.connection = before


_BEGINS = "kind = ? AND key >= ? AND key < ?"


def _range(kind: str, prefix: str) -> tuple[str, str, str]:
    return kind, prefix, prefix + "\U0010ffff"


def _row(document: Document) -> tuple[str, str, int | None, str, str]:
    image = document.body.get("image")
    return (
        document.kind,
        document.key,
        image if isinstance(image, int) else None,
        document.stamp or secrets.token_hex(8),
        json.dumps(document.body, allow_nan=False),
    )


def encode_array(array: NDArray[Any]) -> dict[str, Any]:
    """Convert an array to JSON values.

    >>> encode_array(np.arange(2, dtype=np.int64))["shape"]
    [2]
    """
    data = base64.b85encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
    return {"dtype": array.dtype.str, "shape": list(array.shape), "data": data}


def decode_array(encoded: Mapping[str, Any]) -> NDArray[Any]:
    """Convert the result of ``encode_array`` back to the array."""
    data = base64.b85decode(encoded["data"])
    return np.frombuffer(data, np.dtype(encoded["dtype"])).reshape(encoded["shape"])


class StoredPaths(NamedTuple):
    """How a store writes paths as text.

    Args:
        to_stored: converts an absolute path to its stored form.
        to_absolute: converts a stored path back.
        key: returns a key for a stored path, which may be longer than a key.
    """

    to_stored: Callable[[str], str]
    to_absolute: Callable[[str], str]
    key: Callable[[str], str]


PROBLEM = "problem"
"""The kind of documents that describe a file that could not be read."""


class Problems:
    """Files that could not be read, collected and then written at once by ``save``.

    Args:
        documents: the documents of the collection.
        paths: the form of stored paths, and the keys of their problems.
    """

    def __init__(self, documents: Documents, paths: "StoredPaths") -> None:
        self._documents = documents
        self._paths = paths
        self._found: dict[str, str] = {}
        self._solved: set[str] = set()

    def all(self) -> list[tuple[str, str]]:
        """Return absolute paths and reasons, by stored path."""
        found = sorted((each["path"], each["reason"]) for _, each in self._documents.each(PROBLEM))
        return [(self._paths.to_absolute(path), reason) for path, reason in found]

    def count(self) -> int:
        """Return the number of problems."""
        return self._documents.count(PROBLEM)

    def note(self, path: str, reason: str) -> None:
        """Record why a file could not be read."""
        self._found[self._paths.to_stored(path)] = reason

    def forget(self, path: str) -> None:
        """Remove the problem of a file."""
        self._solved.add(self._paths.to_stored(path))

    def save(self) -> None:
        """Write the recorded changes."""
        if self._found:
            at = now()
            bodies = (
                {"path": path, "reason": reason, "seen_at": at}
                for path, reason in self._found.items()
            )
            self._documents.put(PROBLEM, {self._paths.key(each["path"]): each for each in bodies})
        if self._solved:
            self._documents.forget(PROBLEM, map(self._paths.key, self._solved))
        self._found, self._solved = {}, set()


def paths_below(root: Root) -> StoredPaths:
    """Return how a folder's database writes paths: relative ones below the root."""
    return StoredPaths(
        lambda path: os.fsdecode(root.to_stored_path(path)),
        root.absolute,
        lambda path: digest(os.fsencode(path)),
    )


def digest(data: bytes | str) -> str:
    """Return 32 hex digits that identify a text or bytes of any length."""
    encoded = data.encode() if isinstance(data, str) else data
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
