"""What a collection keeps besides its images, as every kind of collection offers it."""

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
"""An image's id, or ``NOBODY``, and what is told of it."""

Moving: TypeAlias = "tuple[int, Sequence[str], Move]"
"""An image, the queries that it moves to, and how."""


class Journal(Protocol):
    """Keeps a session's events; each is on disk for good when the call returns."""

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
            CollectionBusy: another program holds the database.
            StorageError: it cannot be kept.
        """

    def open(self, id_: str) -> tuple[dict[str, Any], list[dict[str, Any]], Journal]:
        """Return a session's document, its events in order, and its journal.

        Raises:
            SessionNotFound: there is none with this id.
        """

    def records(self) -> list[SessionRecord]:
        """All of them, the one that was changed last first."""

    def forget(self, id_: str) -> None:
        """Delete a session.

        Raises:
            SessionNotFound: there is none with this id.
            CollectionBusy: another program holds the database.
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
        """Delete some; those that do not exist are no error."""


class Log(Protocol):
    """What was asked and what was marked, if its owner wants that kept."""

    @property
    def is_on(self) -> bool:
        """Whether anything is noted."""

    def on(self) -> None:
        """Note from now on what is asked and marked."""

    def off(self) -> None:
        """Note nothing any more; what was noted stays until it is cleared."""

    def clear(self) -> int:
        """Forget all that was noted; return how much it was."""

    def __len__(self) -> int: ...

    def records(self) -> list[LogRecord]:
        """All that was noted, the newest first."""

    def note(self, query: Query) -> None:
        """Note a query that is one text, while the log is on."""


class GeneratedCaptionStore(Protocol):
    """Captions that captioners made, kept by the image's content and the captioner."""

    def lookup(self, captioner: str, hashes: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Hash (32 hex digits) → captions, of those images that this captioner has seen."""

    def keep(self, captioner: str, made: Mapping[str, Sequence[str]]) -> None:
        """Keep captions by hash; an older one of the same captioner gives way."""

    def forget(self, captioner: str = "") -> int:
        """Remove those of one captioner, or all; return of how many pictures."""

    def texts(self, most: int) -> list[str]:
        """What people say of the images, each once; ``most`` of them."""

    def counts(self) -> dict[str, int]:
        """Captioner → how many pictures it has captioned."""


class Indexes(Protocol):
    """The indexes of one collection, one an encoder.

    Methods take an encoder's name; without it they mean the one that the collection was opened
    with.
    """

    def kind(self, encoder: str | None = None) -> str:
        """The kind that answers searches: the one chosen, or the one by size."""

    def choose(self, kind: str | None, encoder: str | None = None) -> None:
        """Let searches be answered by another kind, and build it; ``None`` lets size decide.

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
        """What the last check found, whatever has changed since; ``None`` if there was none."""


class Calibrations(Protocol):
    """What was measured of each encoder's vectors, and the texts it can be measured with."""

    def bank_texts(self, bank: str) -> list[CaptionOf]:
        """Captions and the images that they tell of, or what was asked in saved sessions."""

    def read(self, encoder: str) -> CalibrationRecord | None:
        """What was measured of an encoder's vectors, if it was."""

    def write(self, encoder: str, record: CalibrationRecord) -> CalibrationRecord:
        """Keep what was measured, in the place of any other; return it as it is kept.

        Raises:
            StorageError: it cannot be kept.
        """

    def forget(self, encoder: str) -> bool:
        """Remove it; false if there is none.

        Raises:
            StorageError: it cannot be removed.
        """


class Expansions(Protocol):
    """What stands for images, and moves them, and what that is made from."""

    def records(self) -> list[ExpansionRecord]:
        """All acts of adding, the newest first."""

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        """What an image is also found by, the oldest first.

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
        """Keep texts that join; return the number of the act.

        Raises:
            StorageError: they cannot be kept; nothing is changed.
        """

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: Iterable[Moving]) -> int:
        """Keep moves of images; return the number of the act.

        Raises:
            StorageError: they cannot be kept; nothing is changed.
        """

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        """Captions, of one source or all: image, text and source, the oldest first."""

    def accepted_queries(self) -> list[tuple[int, str]]:
        """Images and the queries that they were accepted for, the newest first.

        What was crossed or cleared for the same text afterwards is not among them.
        """

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        """The texts that stand for images: image, text and its vector, float16."""

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        """The images that are moved, and the queries that they are moved to."""
