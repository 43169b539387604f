"""The interface of what a collection is stored in: a folder or a server.

``firs.collection.sqlite`` stores a collection in a folder, ``firs.milvus.store`` on a Milvus
server. They implement only what differs; :class:`firs.collection.Collection` validates arguments.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.collection.examples import ExampleRecord
from firs.collection.expansions import Entry, ExpansionRecord, ImageExpansion
from firs.encoders import Encoder
from firs.errors import CollectionError, InputError
from firs.filters import Filter
from firs.storage.documents import Documents
from firs.storage.records import AddReport, ImageRecord, Info, Problem
from firs.storage.rows import Ids, StoredVectors

if TYPE_CHECKING:
    from firs.collection.searcher import CollectionSearcher
    from firs.expansion.moves import Move
    from firs.index.certificate import Certificate
    from firs.indexing.indexer import IndexRequest
    from firs.indexing.vectors import Vector

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


CaptionOf: TypeAlias = tuple[int, str]
"""An image's id and a caption."""

MIGRATION = "migration"
"""The key of the mark of an unfinished migration: in a folder's ``meta``, or a kind of document."""

MARK = "mark"
"""The key of the document of a server's mark."""


class Store(Protocol):
    """The images of one collection, their embeddings, and the collection's documents."""

    @property
    def path(self) -> Path:
        """Return the folder for the collection's data on this machine."""

    @property
    def location(self) -> str:
        """Return the location for display, without secrets."""

    @property
    def home(self) -> Path | None:
        """Return the base folder of relative paths; None on a server."""

    @property
    def documents(self) -> Documents:
        """Return the documents: sessions, the query log, calibrations and generated captions."""

    @property
    def examples(self) -> "Examples":
        """Return the uploaded example images."""

    @property
    def expansions(self) -> "Expansions":
        """Return the text entries and moves of images."""

    @property
    def index(self) -> "Indexes":
        """Return the indexes that are used for searches."""

    @property
    def searcher(self) -> "CollectionSearcher":
        """Return the searcher of the collection."""

    @property
    def is_writable(self) -> bool:
        """Return whether the store can be written to."""

    def close(self) -> None:
        """Close the store, after an index that is being built in the background."""

    def limit_wait(self) -> AbstractContextManager[None]:
        """Limit the time that everything inside the context waits for a server."""

    def count(self) -> int:
        """Return the number of images."""

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """Return the records of the given images that exist, by id."""

    def all_records(self) -> Iterator[ImageRecord]:
        """Yield the records of all images by id; concurrent changes may or may not be included."""

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        """Return some records, most recently added first."""

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of the given images that exist, by id."""

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        """Return the ids of the images at some real paths; unknown paths are omitted."""

    def problems(self) -> list[Problem]:
        """Return the files that could not be read, and why."""

    def info(self) -> Info:
        """Return a summary of the contents."""

    def vectors(self, encoder: str | None) -> tuple[Ids, StoredVectors]:
        """Return all embeddings of an encoder, by default of the one in use."""

    def add(self, request: "IndexRequest") -> AddReport:
        """Index files."""

    def remove(self, ids: Sequence[int]) -> None:
        """Remove images; nothing is removed if an id is unknown."""

    def import_vectors(
        self, encoder: Encoder, parts: "Iterable[Mapping[Path, Vector]]", *, add_missing: bool
    ) -> int:
        """Import embeddings, one part after another; return the number of images with new ones."""

    def forget_vectors(self, encoder: str) -> int:
        """Remove all embeddings of one encoder; return their number."""

    def sample_captions(self, images: int) -> list[CaptionOf]:
        """Return the captions of at least a number of images, or of all: image id and text."""

    def add_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        """Tag images; return the number of tags that are new to their images."""

    def remove_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        """Remove tags from images; return the number of removed tags."""

    def tags(self) -> dict[str, int]:
        """Return the number of images per tag, in the order of the tags."""

    def filter_ids(self, where: Filter) -> Ids:
        """Return the ids of the images that pass a filter: int64 ``(n,)``, ascending."""

    def require_vectors(self, encoder: str) -> None:
        """Check that there are embeddings of an encoder, whether or not it can be loaded here."""


def require_known(ids: Iterable[int], known: Container[int], location: str) -> None:
    """Check that all images exist.

    Raises:
        InputError: an id is unknown.
    """
    for id_ in ids:
        if id_ not in known:
            raise InputError(f"There is no image with the id {id_} in the collection {location}.")


def unfinished_migration(source: str, location: str) -> CollectionError:
    """Return the error for using an incomplete collection; the rest is located at ``source``."""
    return CollectionError(
        f"{location} waits for the rest of {source}. Finish that first: "
        f"firs migrate {source} {location}"
    )


MAX_TAG_LENGTH = 200
"""The maximum number of characters of a tag."""


def validate_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags without surrounding spaces.

    Raises:
        InputError: there are none, or one is empty, too long, or has unprintable characters.
    """
    if not tags:
        raise InputError("Name a tag or more.")
    trimmed = [tag.strip() for tag in tags]
    for tag in trimmed:
        if not tag or len(tag) > MAX_TAG_LENGTH or not tag.isprintable():
            raise InputError(
                f"A tag is 1 to {MAX_TAG_LENGTH} characters that can be printed, not {tag[:50]!r}."
            )
    return trimmed
