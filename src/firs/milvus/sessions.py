"""Saved sessions on a server: a document and its events each, written down as they happen.

A server has no transactions. An event is written under a key of its own, and then looked up
whether another has gone on with the session meanwhile; if so, it is taken back and that is said.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from firs.collection.sessions import (
    Document,
    Event,
    SessionRecord,
    as_json,
    gone_on_with,
    new_id,
    now,
    unknown,
)
from firs.milvus.note_rows import Note
from firs.milvus.notes import SESSIONS, Documents
from firs.milvus.querylog import LOG, ServerLog

SESSION = "session"
"""The kind of note of sessions, by their ids, and of their events, whose keys begin with these."""

_MARK = "mark"


class EventKey(NamedTuple):
    """What the key of an event tells: whose, which, when, which writer's and of what kind.

    By them the rounds of all sessions are counted, without a look at the events.
    """

    session: str
    number: int
    at: str
    writer: str
    kind: str

    @classmethod
    def read(cls, key: str) -> "EventKey":
        """From text."""
        session, number, *rest = key.split("/")
        return cls(session, int(number), *rest)

    def __str__(self) -> str:
        return f"{self.session}/{self.number:06d}/{self.at}/{self.writer}/{self.kind}"


class ServerSessions:
    """See ``firs.collection.stores``.

    Args:
        notes: of the collection.
        log: of the collection; notes marks with the events that they are saved with.
    """

    def __init__(self, notes: Documents, log: ServerLog) -> None:
        self._notes = notes
        self._log = log

    def create(
        self, document: Document, events: Sequence[Event] = ()
    ) -> "tuple[str, ServerJournal]":
        """Save a new one; return its id and where it is gone on with."""
        id_, at = new_id(), now()
        keys = [event_key(id_, number, at, event) for number, event in enumerate(events)]
        told = [event_note(key, event) for key, event in zip(keys, events, strict=True)]
        log = self._log.of_session(id_, document)
        self._notes.write([*told, *log, _session(id_, at, document)])
        return id_, ServerJournal(self, self._notes, self._log, id_, document, keys)

    def open(self, id_: str) -> "tuple[dict[str, Any], list[dict[str, Any]], ServerJournal]":
        """One's document, its events in order, and where it is gone on with."""
        found = self._notes.get(SESSION, [id_], fresh=True)
        if id_ not in found:
            raise unknown(id_)
        document = found[id_]["document"]
        events = self.events(id_)
        keys = [key for key, _ in events]
        journal = ServerJournal(self, self._notes, self._log, id_, document, keys)
        return dict(document), [event for _, event in events], journal

    def events(self, id_: str) -> list[tuple[EventKey, dict[str, Any]]]:
        """The events of one, with their keys, in their order."""
        found = {
            EventKey.read(key): event
            for key, event in self._notes.each(SESSION, f"{id_}/", fresh=True)
        }
        return [(key, dict(found[key]["event"])) for key in _valid(found)]

    def records(self) -> list[SessionRecord]:
        """All of them, the one that was changed last first."""
        keys = self._notes.keys(SESSION)
        changed: dict[str, str] = {}
        rounds: Counter[str] = Counter()
        for key in (EventKey.read(each) for each in keys if "/" in each):
            rounds[key.session] += key.kind != _MARK
            changed[key.session] = max(key.at, changed.get(key.session, ""))
        sessions = self._notes.get(SESSION, (each for each in keys if "/" not in each))
        found = [
            _record(id_, told, changed.get(id_), 1 + rounds[id_]) for id_, told in sessions.items()
        ]
        return sorted(found, key=lambda each: (each.changed_at, each.created_at), reverse=True)

    def forget(self, id_: str) -> None:
        """Remove one."""
        if id_ not in self._notes.get(SESSION, [id_], fresh=True):
            raise unknown(id_)
        with self._notes.removing(SESSIONS):
            self._notes.forget_all(SESSION, id_)
        self._log.forget_session(id_)


class ServerJournal:
    """Keeps the events of one session: see ``firs.collection.stores``.

    Args:
        store: of all sessions.
        notes: of the collection.
        log: of the collection.
        id_: the session's.
        document: the session's.
        keys: of the events that it is known to have.
    """

    def __init__(
        self,
        store: ServerSessions,
        notes: Documents,
        log: ServerLog,
        id_: str,
        document: Document,
        keys: list[EventKey],
    ) -> None:
        self._store = store
        self._notes = notes
        self._log = log
        self._id = id_
        self._document = document
        self._known = keys

    def fork(self, document: Document, events: Sequence[Event]) -> "tuple[str, ServerJournal]":
        """Begin another session with some events."""
        return self._store.create(document, events)

    def append(self, event: Event) -> None:
        """Write down the next event."""
        key = event_key(self._id, len(self._known), now(), event)
        note = event_note(key, event)
        log = self._log.of_event(self._id, key.number, event, self._document)
        self._notes.write([note, *log])
        try:
            self._require([*self._known, key])
        except BaseException:
            with self._notes.removing(SESSIONS):
                self._notes.forget(note.kind, [note.key])
            self._notes.forget(LOG, [each.key for each in log])
            raise
        self._known.append(key)

    def pop(self) -> None:
        """Take back the last event."""
        self._require(self._known)
        key = self._known[-1]
        with self._notes.removing(SESSIONS):
            self._notes.forget(SESSION, [str(key)])
        self._log.forget_event(self._id, key.number)
        self._known.pop()

    def _require(self, known: Sequence[EventKey]) -> None:
        """Make sure that the session is there, with the last two of these events and none since."""
        keys = self._notes.keys(SESSION, self._id, fresh=True)
        if self._id not in keys:
            raise unknown(self._id)
        least = len(known) - 2
        events = (EventKey.read(each) for each in keys if "/" in each)
        if {each for each in events if each.number >= least} != set(known[-2:]):
            raise gone_on_with(self._id)


def _valid(keys: Iterable[EventKey]) -> Iterator[EventKey]:
    """One event a number: of two that were written at once and not taken back, the earlier."""
    number = 0
    for key in sorted(keys):
        if key.number == number:
            yield key
            number += 1


def _record(id_: str, told: Document, changed: str | None, rounds: int) -> SessionRecord:
    created = datetime.fromisoformat(told["created_at"])
    changed_at = datetime.fromisoformat(changed) if changed else created
    return SessionRecord(id_, created, changed_at, rounds, told["document"])


def _session(id_: str, at: str, document: Document) -> Note:
    return Note(SESSION, id_, {"created_at": at, "document": json.loads(as_json(document))})


def event_note(key: EventKey, event: Event) -> Note:
    """How an event is kept."""
    as_json(event)  # or it raises
    return Note(SESSION, str(key), {"event": event})


def event_key(id_: str, number: int, at: str, event: Event, writer: str = "") -> EventKey:
    """A key that no other event has, were it written at the same moment by another."""
    kind = _MARK if event.get("kind") == _MARK else "step"
    return EventKey(id_, number, at, writer or secrets.token_hex(2), kind)
