"""The interface of what a collection is stored in: a folder or a server.

``firs.collection.sqlite`` stores a collection in a folder, ``firs.milvus.store`` on a Milvus
server. They implement only what differs; :class:`firs.collection.Collection` validates arguments.
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from firs.encoders import Encoder
from firs.errors import CollectionError, InputError
from firs.filters import Filter
from firs.storage.documents import Documents
from firs.storage.records import AddReport, ImageRecord, Info, Problem
from firs.storage.rows import Ids, StoredVectors

if TYPE_CHECKING:
    from firs.collection.searcher import CollectionSearcher
    from firs.collection.stores import Examples, Expansions, Indexes
    from firs.indexing.indexer import IndexRequest
    from firs.indexing.vectors import Vector


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


def require_whole(source: str | None, location: str) -> None:
    """Check that an incomplete collection is not searched or written to.

    Raises:
        CollectionError: the rest is located at ``source``.
    """
    if source is not None:
        raise CollectionError(
            f"{location} waits for the rest of {source}. Finish that first: "
            f"firs migrate {source} {location}"
        )
