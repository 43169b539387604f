"""Interfaces to the stores of a collection other than its images, for every backend."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.collection.calibrations import CalibrationRecord
from firs.collection.examples import ExampleRecord
from firs.collection.expansions import Entry, ExpansionRecord, ImageExpansion
from firs.collection.querylog import LogRecord
from firs.collection.sessions import Document, Event, SessionRecord
from firs.query import Query

if TYPE_CHECKING:
    from firs.expansion.moves import Move
    from firs.index.certificate import Certificate

CAPTIONS, QUERIES = "captions", "queries"
"""Banks of texts that a collection has of its own."""

CaptionOf: TypeAlias = tuple[int, str]
"""An image's id, or ``NOBODY``, and its description."""

Moving: TypeAlias = "tuple[int, Sequence[str], Move]"
"""An image, the queries that it moves to, and how."""


class Journal(Protocol):
    """The events of a session; each is durable when the call returns."""

    def is_current(self) -> bool:
        """Return whether the session has the events that are known here, and no others.

        It is false, too, for a session that was deleted.
        """

    def append(self, event: Event) -> None:
        """Write down the next event.

        Raises:
            SessionConflict: another process has changed the session.
            SessionNotFound: the session was deleted.
            StorageError: the disk is full, read-only or failing; nothing was written.
        """

    def pop(self) -> None:
        """Take back the last event.

        Raises:
            SessionConflict: another process has changed the session.
            SessionNotFound: the session was deleted.
            StorageError: the disk is full, read-only or failing; nothing was taken back.
        """

    def fork(self, document: Document, events: Sequence[Event]) -> tuple[str, "Journal"]:
        """Begin another session with some events; return its id and where it is written down.

        Raises:
            StorageError: the disk is full, read-only or failing.
        """


class Sessions(Protocol):
    """The saved sessions of one collection."""

    def create(self, document: Document, events: Sequence[Event] = ()) -> tuple[str, Journal]:
        """Save a new session; return its id and its journal.

        Raises:
            CollectionBusy: another program has locked the database.
            StorageError: it cannot be saved.
        """

    def open(self, id_: str) -> tuple[dict[str, Any], list[dict[str, Any]], Journal]:
        """Return a session's document, its events in order, and its journal.

        Raises:
            SessionNotFound: there is none with this id.
        """

    def records(self) -> list[SessionRecord]:
        """Return all sessions, most recently changed first."""

    def forget(self, id_: str) -> None:
        """Delete a session.

        Raises:
            SessionNotFound: there is none with this id.
            CollectionBusy: another program has locked the database.
            StorageError: it cannot be removed.
        """


class Examples(Protocol):
    """Example pictures that clients of a server uploaded, for a while."""

    def add(self, record: ExampleRecord, data: bytes) -> None:
        """Store a picture, in the place of an older one with the same id.

        Raises:
            StorageError: it cannot be stored.
        """

    def get(self, id_: str) -> tuple[ExampleRecord, bytes] | None:
        """Return a picture and its bytes; ``None`` if there is none with this id."""

    def records(self) -> list[ExampleRecord]:
        """List all of them, the oldest first."""

    def remove(self, ids: Iterable[str]) -> None:
        """Delete some examples; an unknown id is not an error."""


class Log(Protocol):
    """The log of queries and marks, if its owner has enabled it."""

    @property
    def is_on(self) -> bool:
        """Whether anything is noted."""

    def on(self) -> None:
        """Start logging queries and marks."""

    def off(self) -> None:
        """Note nothing any more; what was noted stays until it is cleared."""

    def clear(self) -> int:
        """Forget all that was noted; return how much it was."""

    def __len__(self) -> int: ...

    def records(self) -> list[LogRecord]:
        """Return all log records, newest first."""

    def note(self, query: Query) -> None:
        """Note a query that is one text, while the log is on."""


class GeneratedCaptionStore(Protocol):
    """Generated captions, stored by the image's content and the captioner."""

    def lookup(self, captioner: str, hashes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return hash (32 hex digits) → captions, for images that this captioner has processed."""

    def keep(self, captioner: str, made: Mapping[str, Sequence[str]]) -> None:
        """Store captions by hash, replacing older ones of the same captioner."""

    def forget(self, captioner: str = "") -> int:
        """Remove the captions of one captioner, or all; return the number of images affected."""

    def texts(self, most: int) -> list[str]:
        """Return distinct captions of the images, at most ``most``."""

    def counts(self) -> dict[str, int]:
        """Captioner → how many pictures it has captioned."""


class Indexes(Protocol):
    """The indexes of one collection, one per encoder.

    Methods take an encoder's name; without it they mean the one that the collection was opened
    with.
    """

    def kind(self, encoder: str | None = None) -> str:
        """Return the index kind in use: the chosen one, or the one by size."""

    def choose(self, kind: str | None, encoder: str | None = None) -> None:
        """Select another index kind for searches, and build it; ``None`` lets the size decide.

        Raises:
            InputError: there is no such kind.
            CollectionNotFound: the collection is empty.
            StorageError: it cannot be built.
        """

    def verify(self, encoder: str | None = None) -> "Certificate":
        """Compare the index with exact search, and remember what was found.

        Raises:
            CollectionNotFound: the collection is empty.
            EncoderError: the encoder cannot be opened.
        """

    def certificate(self, encoder: str | None = None) -> "Certificate | None":
        """Return the result of the last check, even if outdated; ``None`` if there was none."""


class Calibrations(Protocol):
    """Calibrations per encoder, and the texts to measure them with."""

    def bank_texts(self, bank: str) -> list[CaptionOf]:
        """Return captions with the images that they describe, or the queries of saved sessions."""

    def read(self, encoder: str) -> CalibrationRecord | None:
        """Return the calibration of an encoder, or None without one."""

    def write(self, encoder: str, record: CalibrationRecord) -> CalibrationRecord:
        """Store a calibration, replacing any other; return it as stored.

        Raises:
            StorageError: it cannot be stored.
        """

    def forget(self, encoder: str) -> bool:
        """Remove it; false if there is none.

        Raises:
            StorageError: it cannot be removed.
        """


class Expansions(Protocol):
    """Text entries and moves of images, and the data that they are made from."""

    def records(self) -> list[ExpansionRecord]:
        """Return all expansion steps, newest first."""

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        """Return the expansions of an image, oldest first.

        Raises:
            InputError: there is none with this id.
        """

    def forget(self, id_: int) -> bool:
        """Take an act back; false if there is none of this number.

        Raises:
            StorageError: it cannot be taken back; nothing is changed.
        """

    def write_entries(
        self,
        encoder: str,
        kind: str,
        settings: dict[str, Any],
        texts: NDArray[np.float16],
        entries: Iterable[Entry],
    ) -> int:
        """Store text entries; return the id of the expansion step.

        Raises:
            StorageError: they cannot be stored; nothing is changed.
        """

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: Iterable[Moving]) -> int:
        """Store moves of images; return the id of the expansion step.

        Raises:
            StorageError: they cannot be stored; nothing is changed.
        """

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        """Captions, of one source or all: image, text and source, the oldest first."""

    def accepted_queries(self) -> list[tuple[int, str]]:
        """Return images and the queries that they were accepted for, newest first.

        Images that were later rejected or cleared for the same text are excluded.
        """

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        """Return the text entries of images: image, text and its embedding, float16."""

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        """Return the moved images and the queries that they were moved towards."""
