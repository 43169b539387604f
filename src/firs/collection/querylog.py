"""The log of queries and marks, if its owner has enabled it.

It is off by default, is stored only in the collection, and can be cleared. While it is on, sessions
with a single text query log their marks with the events that they are saved with.
"""

import itertools
import time
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firs.query import Query, TextTerm
from firs.storage.database import now
from firs.storage.documents import Body, Document, Documents

LOG, SWITCH = "log", "switch"
ALONE = "-"
"""Replaces a session's id in the key of a record that belongs to no session."""

SEARCHED = "searched"
ACCEPTED = ("relevant", "found")

_EARLIER_NAMES = {"asked": SEARCHED}
"""Kinds of records that earlier versions stored."""

_KEY = "query_log"
_orders = itertools.count()


@dataclass(frozen=True, slots=True)
class LogRecord:
    """A logged text query, or a mark that an image received for it.

    Args:
        at: the time of the record.
        text: the query text.
        kind: ``searched``, or ``relevant``, ``irrelevant``, ``found``, ``cleared`` of an image.
        image: its id.
    """

    at: datetime
    text: str
    kind: str
    image: int | None = None


class QueryLog:
    """The log of one collection.

    A key is ``session/number of the event/order``, so that the records of an event are found
    without reading the others.

    Args:
        documents: the documents of the collection.
        existing: returns those of some images that exist; others are not logged.
    """

    def __init__(
        self, documents: Documents, existing: Callable[[Sequence[int]], Container[int]]
    ) -> None:
        self._documents = documents
        self._existing = existing

    @property
    def is_on(self) -> bool:
        """Return whether queries and marks are logged."""
        return bool(self._documents.get(SWITCH, [_KEY]))

    def on(self) -> None:
        """Start logging queries and marks.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        self._documents.put(SWITCH, {_KEY: {"on": True}})

    def off(self) -> None:
        """Stop logging; existing records remain until the log is cleared.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """
        self._documents.forget(SWITCH, [_KEY])

    def clear(self) -> int:
        """Remove all records; return their number.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing is removed.
        """
        return self._documents.forget_all(LOG)

    def __len__(self) -> int:
        """Return the number of log records."""
        return self._documents.count(LOG)

    def __bool__(self) -> bool:
        return True  # an empty log is still one

    def records(self) -> list[LogRecord]:
        """Return all log records, newest first."""
        return [
            LogRecord(datetime.fromisoformat(each["at"]), each["text"], kind, each.get("image"))
            for each in self._newest_first()
            for kind in [str(_EARLIER_NAMES.get(each["kind"], each["kind"]))]
        ]

    def accepted_queries(self) -> list[tuple[int, str]]:
        """Return images and the queries that they were accepted for, newest first.

        Images that were later rejected or cleared for the same text are excluded.
        """
        last: dict[tuple[int, str], str] = {}
        for each in self._newest_first():
            if each.get("image") is not None:
                last.setdefault((each["image"], each["text"]), each["kind"])
        return [pair for pair, kind in last.items() if kind in ACCEPTED]

    def note(self, query: Query) -> None:
        """Log a query that is one text, while the log is on.

        Raises:
            StorageError: the disk is full or failing.
        """
        [what, *others] = [term.what for term in query.terms]
        if others or not isinstance(what, TextTerm):
            return
        if self._documents.is_writable and self.is_on:
            self._documents.write([_log_document(ALONE, 0, what.text, SEARCHED)])

    def of_session(self, id_: str, document: Mapping[str, Any]) -> list[Document]:
        """Return the log documents of a new session."""
        text = _text_of(document)
        return [_log_document(id_, 0, text, SEARCHED)] if text is not None and self.is_on else []

    def of_event(
        self, id_: str, number: int, event: Mapping[str, Any], document: Mapping[str, Any]
    ) -> list[Document]:
        """Return the log documents of an event of a session: its marks of existing images."""
        text = _text_of(document)
        if text is None or event.get("kind") != "mark" or not self.is_on:
            return []
        marks = _marks_of(event)
        existing = self._existing([image for image, _ in marks])
        return [
            _log_document(id_, number + 1, text, kind, image)
            for image, kind in marks
            if image in existing
        ]

    def forget_event(self, id_: str, number: int) -> None:
        """Remove the records of an event that is undone."""
        logged = self._documents.keys(LOG, f"{id_}/{number + 1:06d}/", fresh=True)
        self._documents.forget(LOG, logged)

    def forget_session(self, id_: str) -> None:
        """Remove the records of a session."""
        self._documents.forget_all(LOG, f"{id_}/")

    def _newest_first(self) -> list[Body]:
        found = [body for _, body in self._documents.each(LOG)]
        return sorted(found, key=lambda each: int(each["order"]), reverse=True)


def _log_document(
    session: str, number: int, text: str, kind: str, image: int | None = None
) -> Document:
    """Return a record of this moment; the order is that of this process, or that of clocks."""
    order = time.time_ns() // 1000 * 1000 + next(_orders) % 1000
    body: dict[str, Any] = {"at": now(), "text": text, "kind": kind, "order": order}
    if image is not None:
        body["image"] = image
    return Document(LOG, f"{session}/{number:06d}/{order}", body)


def _text_of(document: Mapping[str, Any]) -> str | None:
    """Return the query of a session, if it is one text."""
    terms = document.get("terms", ())
    text = terms[0].get("text") if len(terms) == 1 else None
    return text if isinstance(text, str) else None


def _marks_of(event: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Return the images of an event, and their marks."""
    found = event.get("found")
    return [
        *((image, "relevant") for image in event.get("relevant", ())),
        *((image, "irrelevant") for image in event.get("irrelevant", ())),
        *((image, "cleared") for image in event.get("clear", ())),
        *([] if found is None else [(found, "found")]),
    ]
