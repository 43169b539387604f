"""The log of queries and marks, if its owner has enabled it.

It is off by default, is stored only in the collection, and can be cleared. While it is on, sessions
with a single text query log their marks with the events that they are saved with.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firs.query import Query, TextTerm
from firs.storage.database import Database, now

_KEY = "query_log"

ACCEPTED = ("relevant", "found")


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A logged text query, or a mark that an image received for it.

    Args:
        at: when.
        text: the query text.
        kind: ``asked``, or ``relevant``, ``irrelevant``, ``found``, ``cleared`` of an image.
        image: its id.
    """

    at: datetime
    text: str
    kind: str
    image: int | None = None


class QueryLog:
    """The log of one collection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def is_on(self) -> bool:
        """Whether anything is noted."""
        with self._database.reading() as connection:
            return _is_on(connection)

    def on(self) -> None:
        """Start logging queries and marks.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        with self._database.short_write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, 'on')", (_KEY,))

    def off(self) -> None:
        """Note nothing any more; what was noted stays until it is cleared.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        with self._database.short_write() as connection:
            connection.execute("DELETE FROM meta WHERE key = ?", (_KEY,))

    def clear(self) -> int:
        """Forget all that was noted; return how much it was.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing is forgotten.
        """
        with self._database.short_write() as connection:
            return connection.execute("DELETE FROM query_log").rowcount

    def __len__(self) -> int:
        """Return the number of log records."""
        with self._database.reading() as connection:
            (count,) = connection.execute("SELECT count(*) FROM query_log").fetchone()
        return int(count)

    def __bool__(self) -> bool:
        return True  # an empty log is still one

    def records(self) -> list[LogRecord]:
        """Return all log records, newest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT at, text, kind, image_id FROM query_log ORDER BY id DESC"
            ).fetchall()
        return [
            LogRecord(datetime.fromisoformat(at), text, kind, image)
            for at, text, kind, image in rows
        ]

    def note(self, query: Query) -> None:
        """Note a query that is one text, while the log is on.

        Raises:
            StorageError: the disk is full or failing.
        """
        text = query_text(query)
        if text is None or not self._database.writable or not self.is_on:
            return
        with self._database.short_write() as connection:
            connection.execute(_INSERT, (now(), text, None, "asked", None, None))


def note_session(connection: sqlite3.Connection, id_: str, document: Mapping[str, Any]) -> None:
    """Log the query of a new session, inside the caller's transaction."""
    text = text_of(document)
    if text is not None and _is_on(connection):
        connection.execute(_INSERT, (now(), text, None, "asked", id_, None))


def note_event(
    connection: sqlite3.Connection,
    id_: str,
    number: int,
    event: Mapping[str, Any],
    document: Mapping[str, Any],
) -> None:
    """Note the marks of an event of a session, inside the caller's transaction."""
    text = text_of(document)
    if text is None or event.get("kind") != "mark" or not _is_on(connection):
        return
    at = now()
    connection.executemany(
        _INSERT, [(at, text, image, kind, id_, number) for image, kind in _marks(connection, event)]
    )


def forget_event(connection: sqlite3.Connection, id_: str, number: int) -> None:
    """Forget what was noted with an event that is taken back."""
    connection.execute("DELETE FROM query_log WHERE session = ? AND number = ?", (id_, number))


def forget_session(connection: sqlite3.Connection, id_: str) -> None:
    """Forget what was noted of a session that is forgotten."""
    connection.execute("DELETE FROM query_log WHERE session = ?", (id_,))


def accepted_queries(connection: sqlite3.Connection) -> list[tuple[int, str]]:
    """Return images and the queries that they were accepted for, newest first.

    Images that were later rejected or cleared for the same text are excluded.
    """
    kinds = ", ".join(f"'{kind}'" for kind in ACCEPTED)
    return connection.execute(
        "SELECT image_id, text FROM query_log WHERE id IN ("  # noqa: S608
        " SELECT max(id) FROM query_log WHERE image_id IS NOT NULL GROUP BY image_id, text"
        f") AND kind IN ({kinds}) ORDER BY id DESC"
    ).fetchall()


_INSERT = (
    "INSERT INTO query_log (at, text, image_id, kind, session, number) VALUES (?, ?, ?, ?, ?, ?)"
)


def _is_on(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT 1 FROM meta WHERE key = ?", (_KEY,)).fetchone())


def text_of(document: Mapping[str, Any]) -> str | None:
    """Return the query of a session, if it is one text."""
    terms = document.get("terms", ())
    text = terms[0].get("text") if len(terms) == 1 else None
    return text if isinstance(text, str) else None


def marks_of(event: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return the images of an event, and their marks."""
    found = event.get("found")
    return [
        *((image, "relevant") for image in event.get("relevant", ())),
        *((image, "irrelevant") for image in event.get("irrelevant", ())),
        *((image, "cleared") for image in event.get("clear", ())),
        *([] if found is None else [(found, "found")]),
    ]


def query_text(query: Query) -> str | None:
    """Return the text of a query, if it is one text."""
    [what, *others] = [term.what for term in query.terms]
    return what.text if isinstance(what, TextTerm) and not others else None


def _marks(connection: sqlite3.Connection, event: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return the event's marks of existing images."""
    known = "SELECT 1 FROM image WHERE id = ?"
    return [mark for mark in marks_of(event) if connection.execute(known, mark[:1]).fetchone()]
