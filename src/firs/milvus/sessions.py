"""Saved sessions on a server: a document and its events each, written down as they happen.

A server has no transactions. An event is written, or removed, and then looked up whether another
process has changed the session in the meantime; if so, the change is reverted and reported as a
conflict. Since that look-up sees everything, who reads later sees the change, at any consistency.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

from firs.collection.sessions import (
    Document,
    Event,
    SessionRecord,
    as_json,
    conflict,
    new_id,
    now,
    unknown,
)
from firs.errors import SessionNotFound
from firs.milvus.documents import SESSIONS, Documents, Note
from firs.milvus.querylog import LOG, ServerLog

SESSION = "session"
"""The kind of note of sessions, by their ids, and of their events, whose keys begin with these."""

_MARK = "mark"


class EventKey(NamedTuple):
    """Parse the key of an event: session, number, time, writer and kind.

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
        """Save a new session; return its id and its journal."""
        id_, at = new_id(), now()
        keys = [event_key(id_, number, at, event) for number, event in enumerate(events)]
        told = [event_note(key, event) for key, event in zip(keys, events, strict=True)]
        log = self._log.of_session(id_, document)
        self._notes.write([*told, *log, _session(id_, at, document)])
        return id_, ServerJournal(self, self._notes, self._log, id_, document, keys)

    def open(self, id_: str) -> "tuple[dict[str, Any], list[dict[str, Any]], ServerJournal]":
        """Return a session's document, its events in order, and its journal."""
        found = self._notes.tree(SESSION, id_, fresh=True)
        if id_ not in found:
            raise unknown(id_)
        document = found.pop(id_)["document"]
        events = _events(found)
        keys = list(_valid(events))
        strays = events.keys() - set(keys)
        journal = ServerJournal(self, self._notes, self._log, id_, document, keys, strays)
        return dict(document), [events[key] for key in keys], journal

    def events(self, id_: str) -> list[tuple[EventKey, dict[str, Any]]]:
        """Return the events of a session with their keys, in order."""
        events = _events(self._notes.all(SESSION, f"{id_}/", fresh=True))
        return [(key, events[key]) for key in _valid(events)]

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
        """Delete a session."""
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
        strays: keys of events that do not count: a process ended before it could remove them.
    """

    def __init__(
        self,
        store: ServerSessions,
        notes: Documents,
        log: ServerLog,
        id_: str,
        document: Document,
        keys: list[EventKey],
        strays: Set[EventKey] = frozenset(),
    ) -> None:
        self._store = store
        self._notes = notes
        self._log = log
        self._id = id_
        self._document = document
        self._known = keys
        self._strays = strays

    def fork(self, document: Document, events: Sequence[Event]) -> "tuple[str, ServerJournal]":
        """Begin another session with some events."""
        return self._store.create(document, events)

    def is_current(self) -> bool:
        """Return whether the session has the events that are known here, and no others."""
        try:
            return self._is_as(self._known, fresh=False)
        except SessionNotFound:
            return False

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
        self._require(self._known, fresh=False)
        key = self._known[-1]
        notes = self._notes.get(SESSION, [str(key)])
        with self._notes.removing(SESSIONS):
            self._notes.forget(SESSION, notes)
        try:
            self._require(self._known[:-1])
        except SessionNotFound:
            raise
        except BaseException:
            self._bring_back(key, notes)
            raise
        if key.kind == _MARK:
            self._log.forget_event(self._id, key.number)
        self._known.pop()

    def _bring_back(self, key: EventKey, notes: Mapping[str, Document]) -> None:
        """Write an event again, unless others took it back at once and one wrote another since."""
        if all(each.number != key.number for each in self._stored(fresh=True)):
            self._notes.put(SESSION, notes)

    def _require(self, known: Sequence[EventKey], *, fresh: bool = True) -> None:
        """Make sure that the session has these events and no others."""
        if not self._is_as(known, fresh=fresh):
            raise conflict(self._id)

    def _is_as(self, known: Sequence[EventKey], *, fresh: bool) -> bool:
        """Return whether the session has the last two of these events and none after them.

        Events come and go at the end alone, so the ones before are the same then, too.
        """
        least = len(known) - 2
        last = {each for each in self._stored(fresh=fresh) if each.number >= least}
        return last == set(known[-2:])

    def _stored(self, *, fresh: bool) -> Set[EventKey]:
        """Return the keys of all events of the session, without strays.

        Raises:
            SessionNotFound: the session was deleted.
        """
        keys = self._notes.tree_keys(SESSION, self._id, fresh=fresh)
        if self._id not in keys:
            raise unknown(self._id)
        return {EventKey.read(each) for each in keys if "/" in each} - self._strays


def _events(notes: Mapping[str, Document]) -> dict[EventKey, dict[str, Any]]:
    """Return all events that are stored of a session, whether they count or not."""
    return {EventKey.read(key): dict(note["event"]) for key, note in notes.items()}


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
