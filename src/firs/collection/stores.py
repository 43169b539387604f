"""Interfaces to the stores of a collection other than its images, for every backend."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.collection.examples import ExampleRecord
from firs.collection.expansions import Entry, ExpansionRecord, ImageExpansion

if TYPE_CHECKING:
    from firs.expansion.moves import Move
    from firs.index.certificate import Certificate

Moving: TypeAlias = "tuple[int, Sequence[str], Move]"
"""An image, the queries that it moves to, and how."""


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

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        """Return the text entries of images: image, text and its embedding, float16."""

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        """Return the moved images and the queries that they were moved towards."""
