"""The interface of an ingest run to a collection: query known images and write new ones."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from firs.encoders import Encoder
from firs.indexing.reading import ReadResult
from firs.storage.catalogue import Catalogue, File, IndexedImage
from firs.storage.encoders import EncoderInUse
from firs.storage.writing import Content


class Writer(Protocol):
    """Changes single images, in the collection and in the catalogue, inside a transaction."""

    def contents_of(self, images: Sequence[IndexedImage]) -> dict[bytes, Content]:
        """Return the stored contents of some images, by hash; removed images are omitted."""

    def insert(self, file: File, content: Content) -> None:
        """Take in a new image."""

    def replace(self, image: IndexedImage, file: File, content: Content) -> None:
        """Replace an image's content; the old embeddings of all encoders are removed."""

    def touch(self, image: IndexedImage, file: File) -> None:
        """Note that the same content has another time of change."""

    def move(self, moves: Mapping[str, IndexedImage], files: Mapping[str, File]) -> None:
        """Give images the paths that are the keys, all at once: they may be each other's."""

    def remove(self, images: Iterable[IndexedImage]) -> None:
        """Forget images, their captions and vectors."""

    def fill(self, vectors: Mapping[int, bytes]) -> None:
        """Give known images, by id, their vectors of this encoder."""

    def caption(self, source: str, texts: Mapping[int, Sequence[str]]) -> int:
        """Make images' captions from a source the given; return how many are new."""

    def note_problem(self, path: str, reason: str) -> None:
        """Store why a file could not be read."""

    def problem_paths(self) -> list[str]:
        """Paths of all files that had a problem when they were last looked at."""

    def forget_problem(self, path: str) -> None:
        """Drop the problem of a file that can be read, or is gone."""


class IngestSession(Protocol):
    """One run of adding with one encoder."""

    @property
    def encoder(self) -> Encoder:
        """What makes the vectors."""

    @property
    def dtype(self) -> str:
        """The storage dtype of the embeddings."""

    @property
    def catalogue(self) -> Catalogue:
        """The images that are known."""

    @property
    def writer(self) -> Writer:
        """Writes, and keeps the catalogue in step."""

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction, which is committed when the context ends."""

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Known images without a vector of this encoder: content's hash → ids and paths."""


Begin: TypeAlias = Callable[[EncoderInUse, Sequence[str]], IngestSession]
"""Begin an ingest run with an encoder, for images that are or will be located in some folders."""


@dataclass(slots=True)
class Contents:
    """Contents by hash; ``fresh`` are the hashes of the contents embedded for this batch."""

    by_hash: dict[bytes, Content]
    fresh: set[bytes]


class Source:
    """Source of the contents of batches; each content is embedded once in a collection's life.

    ``lacking`` are hashes of known images that have no embedding of this encoder.
    """

    def __init__(
        self, catalogue: Catalogue, writer: Writer, lacking: Container[bytes] = ()
    ) -> None:
        self._lacking = lacking
        self._catalogue = catalogue
        self._writer = writer

    def knows(self, hash_: bytes) -> bool:
        """Return whether the embedding of this content is available and need not be computed."""
        return bool(self._catalogue.with_content(hash_)) and hash_ not in self._lacking

    def contents(self, batch: Sequence[ReadResult]) -> Contents:
        """Return the contents of the files in a batch, without files that have a problem."""
        self._catalogue.look_up({reading.hash for reading in batch if reading.problem is None})
        copied = {reading.hash for reading in batch if self.knows(reading.hash)}
        known = self._writer.contents_of(
            [self._catalogue.with_content(hash_)[0] for hash_ in sorted(copied)]
        )
        fresh = {
            reading.hash: reading.content
            for reading in batch
            if reading.content is not None and reading.hash not in known
        }
        return Contents(known | fresh, set(fresh))
