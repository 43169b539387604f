"""The log of a collection on a server: queries and marks."""

import itertools
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from firs.collection.querylog import ACCEPTED, LogRecord, marks_of, query_text, text_of
from firs.milvus.documents import Document, Documents, Note
from firs.query import Query
from firs.storage.database import now

LOG, SWITCH = "log", "switch"
ALONE = "-"
"""Stands where a session's id stands in the key of what is noted with one."""

_KEY = "query_log"
_ON = {"on": True}


class ServerLog:
    """See ``firs.collection.stores``.

    A key is ``session/number of the event/order``, so that what was noted with an event is found
    without a look at the rest.

    Args:
        notes: of the collection.
    """

    def __init__(self, notes: Documents) -> None:
        self._notes = notes

    @property
    def is_on(self) -> bool:
        """Whether anything is noted."""
        return bool(self._notes.get(SWITCH, [_KEY]))

    def on(self) -> None:
        """Record queries and marks from now on."""
        self._notes.put(SWITCH, {_KEY: _ON})

    def off(self) -> None:
        """Note nothing any more; what was noted stays until it is cleared."""
        self._notes.forget(SWITCH, [_KEY])

    def clear(self) -> int:
        """Forget all that was noted; return how much it was."""
        return self._notes.forget_all(LOG)

    def __len__(self) -> int:
        """How much was noted."""
        return self._notes.count(LOG)

    def __bool__(self) -> bool:
        return True  # an empty log is still one

    def records(self) -> list[LogRecord]:
        """All that was noted, the newest first."""
        return [
            LogRecord(
                datetime.fromisoformat(each["at"]), each["text"], each["kind"], each.get("image")
            )
            for each in self._newest_first()
        ]

    def accepted_queries(self) -> list[tuple[int, str]]:
        """Images and the queries that they were accepted for, the newest first."""
        last: dict[tuple[int, str], str] = {}
        for each in self._newest_first():
            if each.get("image") is not None:
                last.setdefault((each["image"], each["text"]), each["kind"])
        return [told for told, kind in last.items() if kind in ACCEPTED]

    def note(self, query: Query) -> None:
        """Note a query that is one text, while the log is on."""
        text = query_text(query)
        if text is not None and self.is_on:
            self._notes.write([_note(ALONE, 0, text, "asked")])

    def of_session(self, id_: str, document: Mapping[str, Any]) -> list[Note]:
        """What is to be noted of a new session."""
        text = text_of(document)
        return [_note(id_, 0, text, "asked")] if text is not None and self.is_on else []

    def of_event(
        self, id_: str, number: int, event: Mapping[str, Any], document: Mapping[str, Any]
    ) -> list[Note]:
        """What is to be noted with an event of a session: the marks of images that are there."""
        text = text_of(document)
        if text is None or event.get("kind") != "mark" or not self.is_on:
            return []
        marks = marks_of(event)
        there = self._notes.server.get(self._notes.name, [image for image, _ in marks])
        return [
            _note(id_, number + 1, text, kind, image) for image, kind in marks if image in there
        ]

    def forget_event(self, id_: str, number: int) -> None:
        """Forget what was noted with an event that is taken back."""
        logged = self._notes.keys(LOG, f"{id_}/{number + 1:06d}/", fresh=True)
        self._notes.forget(LOG, logged)

    def forget_session(self, id_: str) -> None:
        """Forget what was noted of a session that is forgotten."""
        self._notes.forget_all(LOG, f"{id_}/")

    def forget_images(self, images: Sequence[int]) -> None:
        """Forget what was noted of images that are removed, or are other pictures now."""
        self._notes.forget_of(LOG, images)

    def _newest_first(self) -> list[Document]:
        found = self._notes.all(LOG).values()
        return sorted(found, key=lambda each: int(each["order"]), reverse=True)


_orders = itertools.count()


def _note(session: str, number: int, text: str, kind: str, image: int | None = None) -> Note:
    """One that is noted now; of one process in order, of several by their clocks."""
    order = time.time_ns() // 1000 * 1000 + next(_orders) % 1000
    document = {"at": now(), "text": text, "kind": kind, "order": order}
    if image is not None:
        document["image"] = image
    return Note(LOG, f"{session}/{number:06d}/{order}", document)
