"""Saved sessions: a document and its events each, written down as they happen."""

import json
import secrets
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firs.collection.database import Database
from firs.collection.writing import now
from firs.errors import InputError

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

    def create(self, document: Document, events: Sequence[Event] = ()) -> str:
        """Save a new one.

        Returns:
            Its id, which can stand in an address.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        id_ = secrets.token_urlsafe(9)
        with self._database.noting() as connection:
            connection.execute(
                "INSERT INTO session (id, created_at, document) VALUES (?, ?, ?)",
                (id_, now(), json.dumps(document)),
            )
            connection.executemany(_INSERT, [_row(id_, *each) for each in enumerate(events)])
        return id_

    def read(self, id_: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """One's document and its events, in order.

        Raises:
            InputError: there is none with this id.
        """
        with self._database.reading() as connection:
            found = connection.execute(
                "SELECT document FROM session WHERE id = ?", (id_,)
            ).fetchone()
            if found is None:
                raise InputError(f"The collection has no session {id_!r}. It may be forgotten.")
            events = connection.execute(
                "SELECT event FROM session_event WHERE session_id = ? ORDER BY number", (id_,)
            ).fetchall()
        return json.loads(found[0]), [json.loads(event) for (event,) in events]

    def records(self) -> list[SessionRecord]:
        """All of them, the one that was changed last first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT id, created_at, coalesce(max(at), created_at) AS changed_at,"
                " 1 + count(CASE json_extract(event, '$.kind') WHEN 'next' THEN 1 END), document"
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
        """Remove one.

        Raises:
            InputError: there is none with this id.
        """
        with self._database.noting() as connection:
            if not connection.execute("DELETE FROM session WHERE id = ?", (id_,)).rowcount:
                raise InputError(f"The collection has no session {id_!r}. It may be forgotten.")

    def journal(self, id_: str) -> "StoredJournal":
        """Where the events of one are written down."""
        return StoredJournal(self, self._database, id_)


class StoredJournal:
    """Keeps the events of one session: see ``firs.session.journal``."""

    def __init__(self, store: SessionStore, database: Database, id_: str) -> None:
        self._store = store
        self._database = database
        self._id = id_

    def fork(self, document: Document, events: Sequence[Event]) -> tuple[str, "StoredJournal"]:
        """Begin another session with some events.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        id_ = self._store.create(document, events)
        return id_, self._store.journal(id_)

    def append(self, number: int, event: Event) -> None:
        """Write down the event that is the session's ``number``-th, from 0.

        Raises:
            InputError: the session was gone on with elsewhere, or is forgotten.
            StorageError: the disk is full, read-only or failing; nothing was written.
        """
        with self._database.noting() as connection:
            self._require_last(connection, number - 1)
            connection.execute(_INSERT, _row(self._id, number, event))

    def pop(self, number: int) -> None:
        """Take back the event that is the session's ``number``-th, its last.

        Raises:
            InputError: the session was gone on with elsewhere, or is forgotten.
            StorageError: the disk is full, read-only or failing; nothing was taken back.
        """
        with self._database.noting() as connection:
            self._require_last(connection, number)
            connection.execute(
                "DELETE FROM session_event WHERE session_id = ? AND number = ?", (self._id, number)
            )

    def _require_last(self, connection: sqlite3.Connection, number: int) -> None:
        (last,) = connection.execute(
            "SELECT coalesce(max(number), -1) FROM session_event WHERE session_id = ?", (self._id,)
        ).fetchone()
        known = connection.execute("SELECT 1 FROM session WHERE id = ?", (self._id,)).fetchone()
        if last != number or known is None:
            raise InputError(
                f"The session {self._id} was gone on with elsewhere, or is forgotten; "
                f"open it again."
            )


_INSERT = "INSERT INTO session_event (session_id, number, at, event) VALUES (?, ?, ?, ?)"


def _row(id_: str, number: int, event: Event) -> tuple[str, int, str, str]:
    return id_, number, now(), json.dumps(event)
