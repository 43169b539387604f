"""Saved sessions: a document and its events each, written down as they happen."""

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from firs.collection import querylog
from firs.errors import SessionConflict, SessionNotFound
from firs.storage.database import Database

Document = Mapping[str, Any]
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A saved session at a glance; ``document`` is all of it but its events.

    ``rounds`` counts the first search and all steps.
    """

    id: str
    created_at: datetime
    changed_at: datetime
    rounds: int
    document: Document


class SessionStore:
    """The saved sessions of one collection."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, document: Document, events: Sequence[Event] = ()
    ) -> "tuple[str, StoredJournal]":
        """Save a new session.

        Returns:
            Its id, which is safe in a URL, and its journal.

        Raises:
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing.
        """
        id_, at = new_id(), now()
        with self._database.short_write() as connection:
            connection.execute(
                "INSERT INTO session (id, created_at, document) VALUES (?, ?, ?)",
                (id_, at, as_json(document)),
            )
            rows = [(id_, number, at, as_json(event)) for number, event in enumerate(events)]
            connection.executemany(_INSERT, rows)
            querylog.note_session(connection, id_, document)
        return id_, StoredJournal(self, self._database, id_, [at] * len(rows))

    def open(self, id_: str) -> "tuple[dict[str, Any], list[dict[str, Any]], StoredJournal]":
        """Return a session's document, its events in order, and its journal.

        Raises:
            SessionNotFound: there is none with this id.
        """
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT document FROM session WHERE id = ?", (id_,)
            ).fetchone()
            if found is None:
                raise unknown(id_)
            rows = connection.execute(
                "SELECT at, event FROM session_event WHERE session_id = ? ORDER BY number", (id_,)
            ).fetchall()
        journal = StoredJournal(self, self._database, id_, [at for at, _ in rows])
        return json.loads(found[0]), [json.loads(event) for _, event in rows], journal

    def records(self) -> list[SessionRecord]:
        """Return all sessions, most recently changed first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, created_at, coalesce(max(at), created_at) AS changed_at,"
                " 1 + count(CASE WHEN json_extract(event, '$.kind') <> 'mark' THEN 1 END),"
                " document"
                " FROM session LEFT JOIN session_event ON session_id = id"
                " GROUP BY id ORDER BY changed_at DESC, session.rowid DESC"
            ).fetchall()
        return [
            SessionRecord(
                id_,
                datetime.fromisoformat(created),
                datetime.fromisoformat(changed),
                rounds,
                json.loads(document),
            )
            for id_, created, changed, rounds, document in rows
        ]

    def forget(self, id_: str) -> None:
        """Delete a session.

        Raises:
            SessionNotFound: there is none with this id.
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing.
        """
        with self._database.short_write() as connection:
            if not connection.execute("DELETE FROM session WHERE id = ?", (id_,)).rowcount:
                raise unknown(id_)
            querylog.forget_session(connection, id_)


class StoredJournal:
    """Stored events of one session: see ``firs.collection.stores``.

    Args:
        store: the store of all sessions.
        database: the collection's database.
        id_: the session's id.
        times: the write times of the known events.
    """

    def __init__(self, store: SessionStore, database: Database, id_: str, times: list[str]) -> None:
        self._store = store
        self._database = database
        self._id = id_
        self._times = times

    def fork(self, document: Document, events: Sequence[Event]) -> "tuple[str, StoredJournal]":
        """Create another session with the given events.

        Raises:
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing.
        """
        return self._store.create(document, events)

    def is_current(self) -> bool:
        """Return whether the session has the events that are known here, and no others."""
        with self._database.reading() as connection:
            return self._has_last(connection) and self._exists(connection)

    def append(self, event: Event) -> None:
        """Append the next event.

        Raises:
            SessionConflict: another process has changed the session.
            SessionNotFound: the session was deleted.
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing; nothing was written.
        """
        at = now()
        with self._database.short_write() as connection:
            self._require_last(connection)
            number = len(self._times)
            connection.execute(_INSERT, (self._id, number, at, as_json(event)))
            if event.get("kind") == "mark":
                document = _document(connection, self._id)
                querylog.note_event(connection, self._id, number, event, document)
        self._times.append(at)

    def pop(self) -> None:
        """Remove the last event.

        Raises:
            SessionConflict: another process has changed the session.
            SessionNotFound: the session was deleted.
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing; nothing was removed.
        """
        with self._database.short_write() as connection:
            self._require_last(connection)
            connection.execute(
                "DELETE FROM session_event WHERE session_id = ? AND number = ?",
                (self._id, len(self._times) - 1),
            )
            querylog.forget_event(connection, self._id, len(self._times) - 1)
        self._times.pop()

    def _require_last(self, connection: sqlite3.Connection) -> None:
        if not self._exists(connection):
            raise unknown(self._id)
        if not self._has_last(connection):
            raise conflict(self._id)

    def _exists(self, connection: sqlite3.Connection) -> bool:
        found = connection.execute("SELECT 1 FROM session WHERE id = ?", (self._id,)).fetchone()
        return found is not None

    def _has_last(self, connection: sqlite3.Connection) -> bool:
        """Return whether the last event is the last one known, by its number and its time."""
        last = connection.execute(
            "SELECT number, at FROM session_event WHERE session_id = ? "
            "ORDER BY number DESC LIMIT 1",
            (self._id,),
        ).fetchone()
        known = (len(self._times) - 1, self._times[-1]) if self._times else None
        return bool(last == known)


_INSERT = "INSERT INTO session_event (session_id, number, at, event) VALUES (?, ?, ?, ?)"

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Of which none is taken for another when an id is read out or typed."""

_LETTERS_OF_AN_ID = 10


def _document(connection: sqlite3.Connection, id_: str) -> Document:
    row = connection.execute("SELECT document FROM session WHERE id = ?", (id_,)).fetchone()
    document: Document = json.loads(row[0])
    return document


def new_id() -> str:
    """Return a new unique id that is easy to type and safe in a URL."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LETTERS_OF_AN_ID))


def as_json(value: Mapping[str, Any]) -> str:
    """Serialize a value for storage; a number that JSON cannot represent is an error."""
    return json.dumps(value, allow_nan=False)


def now() -> str:
    """Return the time to the microsecond, which distinguishes an event from its replacement."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def unknown(id_: str) -> SessionNotFound:
    """Return the error for an id that no session has."""
    return SessionNotFound(
        f"The collection has no session {id_!r}; it may have been deleted. Begin a new one."
    )


def conflict(id_: str) -> SessionConflict:
    """Return the error for a session that has other events than are known here."""
    return SessionConflict(
        f"Another process has changed the session {id_} in the meantime, so this was not added to "
        "it. Open it again and repeat this."
    )
