"""Saved sessions: a document for each session and for each of its events.

A server has no transactions. So an event is written, or removed, and then it is checked whether
another process has changed the session in the meantime; if so, the change is reverted and reported
as a conflict. Since that check reads everything that was written, every later reader sees the
change, at any consistency. In a folder both are one transaction.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from firs.collection.querylog import LOG, QueryLog
from firs.errors import SessionConflict, SessionNotFound
from firs.storage.documents import Body, Document, Documents

Event = Mapping[str, Any]

SESSION = "session"
"""The kind of the documents of sessions, by their ids, and of events, by ``EventKey``."""

_MARK = "mark"


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """Summary of a saved session; ``document`` is all of it except its events.

    ``rounds`` counts the first search and all steps.
    """

    id: str
    created_at: datetime
    changed_at: datetime
    rounds: int
    document: Body


class EventKey(NamedTuple):
    """The key of an event: session, number, time, writer and kind.

    With it the rounds of all sessions are counted without reading the events.
    """

    session: str
    number: int
    at: str
    writer: str
    kind: str

    @classmethod
    def parse(cls, key: str) -> "EventKey":
        """Parse the text of a key."""
        session, number, *rest = key.split("/")
        return cls(session, int(number), *rest)

    def __str__(self) -> str:
        return f"{self.session}/{self.number:06d}/{self.at}/{self.writer}/{self.kind}"


class Journal(Protocol):
    """Where a session writes its events: see :class:`SessionJournal`."""

    def is_current(self) -> bool:
        """Return whether the session has the events that are known here, and no others."""

    def append(self, event: Event) -> None:
        """Append the next event."""

    def pop(self) -> None:
        """Remove the last event."""

    def fork(self, document: Body, events: Sequence[Event]) -> "tuple[str, Journal]":
        """Create another session with the given events; return its id and its journal."""


class SessionStore:
    """The saved sessions of one collection.

    Args:
        documents: the documents of the collection.
        log: the query log, which records marks together with the events that contain them.
    """

    def __init__(self, documents: Documents, log: QueryLog) -> None:
        self._documents = documents
        self._log = log

    def create(self, document: Body, events: Sequence[Event] = ()) -> "tuple[str, SessionJournal]":
        """Save a new session.

        Returns:
            Its id, which is safe in a URL, and its journal.

        Raises:
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing.
        """
        id_, at = new_id(), now()
        keys = [event_key(id_, number, at, event) for number, event in enumerate(events)]
        written = [event_document(key, event) for key, event in zip(keys, events, strict=True)]
        log = self._log.of_session(id_, document)
        body = {"created_at": at, "document": json.loads(as_json(document))}
        self._documents.write([*written, *log, Document(SESSION, id_, body)])
        return id_, SessionJournal(self, self._documents, self._log, id_, document, keys)

    def open(self, id_: str) -> "tuple[dict[str, Any], list[dict[str, Any]], SessionJournal]":
        """Return a session's document, its events in order, and its journal.

        Raises:
            SessionNotFound: there is none with this id.
        """
        found = self._documents.tree(SESSION, id_, fresh=True)
        if id_ not in found:
            raise unknown(id_)
        document = found.pop(id_)["document"]
        events = {EventKey.parse(key): dict(body["event"]) for key, body in found.items()}
        keys = list(_valid(events))
        strays = events.keys() - set(keys)
        journal = SessionJournal(self, self._documents, self._log, id_, document, keys, strays)
        return dict(document), [events[key] for key in keys], journal

    def records(self) -> list[SessionRecord]:
        """Return all sessions, most recently changed first."""
        keys = self._documents.keys(SESSION)
        changed: dict[str, str] = {}
        rounds: Counter[str] = Counter()
        for key in (EventKey.parse(each) for each in keys if "/" in each):
            rounds[key.session] += key.kind != _MARK
            changed[key.session] = max(key.at, changed.get(key.session, ""))
        sessions = self._documents.get(SESSION, (each for each in keys if "/" not in each))
        found = [
            _record(id_, body, changed.get(id_), 1 + rounds[id_]) for id_, body in sessions.items()
        ]
        return sorted(found, key=lambda each: (each.changed_at, each.created_at), reverse=True)

    def forget(self, id_: str) -> None:
        """Delete a session and what was logged of it.

        Raises:
            SessionNotFound: there is none with this id.
            CollectionBusy: another program has locked the database.
            StorageError: the disk is full, read-only or failing.
        """
        with self._documents.atomic():
            if id_ not in self._documents.get(SESSION, [id_], fresh=True):
                raise unknown(id_)
            self._documents.forget_all(SESSION, id_)
            self._log.forget_session(id_)


class SessionJournal:
    """Saves the events of one session; each is durable when the call returns.

    Args:
        store: the store of all sessions.
        documents: the documents of the collection.
        log: the query log of the collection.
        id_: the session's id.
        document: the session's document.
        keys: the keys of the events that it is known to have.
        strays: keys of events that do not count: a process ended before it could remove them.
    """

    def __init__(
        self,
        store: SessionStore,
        documents: Documents,
        log: QueryLog,
        id_: str,
        document: Body,
        keys: list[EventKey],
        strays: Set[EventKey] = frozenset(),
    ) -> None:
        self._store = store
        self._documents = documents
        self._log = log
        self._id = id_
        self._document = document
        self._known = keys
        self._strays = strays

    def fork(self, document: Body, events: Sequence[Event]) -> "tuple[str, SessionJournal]":
        return self._store.create(document, events)

    def is_current(self) -> bool:
        try:
            return self._has_events(self._known, fresh=False)
        except SessionNotFound:
            return False

    def append(self, event: Event) -> None:
        key = event_key(self._id, len(self._known), now(), event)
        written = event_document(key, event)
        with self._documents.atomic():
            log = self._log_marks(key, event)
            self._documents.write([written, *log])
            try:
                self._require([*self._known, key])
            except BaseException:
                self._documents.forget(written.kind, [written.key])
                self._documents.forget(LOG, [each.key for each in log])
                raise
        self._known.append(key)

    def pop(self) -> None:
        with self._documents.atomic():
            self._require(self._known, fresh=False)
            key = self._known[-1]
            removed = self._documents.get(SESSION, [str(key)])
            self._documents.forget(SESSION, removed)
            try:
                self._require(self._known[:-1])
            except SessionNotFound:
                raise
            except BaseException:
                self._restore(key, removed)
                raise
            if key.kind == _MARK:
                self._log.forget_event(self._id, key.number)
        self._known.pop()

    def _log_marks(self, key: EventKey, event: Event) -> list[Document]:
        is_mark = key.kind == _MARK
        return self._log.of_event(self._id, key.number, event, self._document) if is_mark else []

    def _restore(self, key: EventKey, removed: Mapping[str, Body]) -> None:
        """Write an event again, unless others removed it at once and one wrote another since."""
        if all(each.number != key.number for each in self._stored(fresh=True)):
            self._documents.put(SESSION, removed)

    def _require(self, known: Sequence[EventKey], *, fresh: bool = True) -> None:
        """Check that the session has these events and no others."""
        if not self._has_events(known, fresh=fresh):
            raise conflict(self._id)

    def _has_events(self, known: Sequence[EventKey], *, fresh: bool) -> bool:
        """Return whether the session has the last two of these events and none after them.

        Events are added and removed only at the end, so the earlier ones are the same as well.
        """
        least = len(known) - 2
        last = {each for each in self._stored(fresh=fresh) if each.number >= least}
        return last == set(known[-2:])

    def _stored(self, *, fresh: bool) -> Set[EventKey]:
        """Return the keys of all events of the session, without strays.

        Raises:
            SessionNotFound: the session was deleted.
        """
        keys = self._documents.tree_keys(SESSION, self._id, fresh=fresh)
        if self._id not in keys:
            raise unknown(self._id)
        return {EventKey.parse(each) for each in keys if "/" in each} - self._strays


def _valid(keys: Iterable[EventKey]) -> Iterator[EventKey]:
    """Yield one event per number: of two written at once and not reverted, the earlier one."""
    number = 0
    for key in sorted(keys):
        if key.number == number:
            yield key
            number += 1


def _record(id_: str, body: Body, changed: str | None, rounds: int) -> SessionRecord:
    created = datetime.fromisoformat(body["created_at"])
    changed_at = datetime.fromisoformat(changed) if changed else created
    return SessionRecord(id_, created, changed_at, rounds, body["document"])


def event_document(key: EventKey, event: Event) -> Document:
    """Return the document of an event.

    Raises:
        ValueError: the event has a number that JSON cannot represent.
    """
    as_json(event)
    return Document(SESSION, str(key), {"event": event})


def event_key(id_: str, number: int, at: str, event: Event, writer: str = "") -> EventKey:
    """Return a key that no other event has, even one written at the same moment by another."""
    kind = _MARK if event.get("kind") == _MARK else "step"
    return EventKey(id_, number, at, writer or secrets.token_hex(2), kind)


_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Letters and digits that are not confused when an id is read out or typed."""

_ID_LENGTH = 10


def new_id() -> str:
    """Return a new unique id that is easy to type and safe in a URL."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))


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
