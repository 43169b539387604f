"""What a collection does for one run of adding: tell what it knows, and take in what is found."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from firs.collection.catalogue import Catalogue, IndexedImage
from firs.collection.encoding import EncoderInUse
from firs.collection.walk import File
from firs.collection.writing import Content
from firs.encoders import Encoder


class Writer(Protocol):
    """Changes single images, in the collection and in the catalogue, inside a transaction."""

    def contents_of(self, images: Sequence[IndexedImage]) -> dict[bytes, Content]:
        """What is kept of some images, by hash; without those that are gone by now."""

    def insert(self, file: File, content: Content) -> None:
        """Take in a new image."""

    def replace(self, image: IndexedImage, file: File, content: Content) -> None:
        """Give an image new content; vectors of the old, by whatever encoder, go."""

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
        """Keep why a file could not be read."""

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
        """How they are kept."""

    @property
    def catalogue(self) -> Catalogue:
        """The images that are known."""

    @property
    def writer(self) -> Writer:
        """Writes, and keeps the catalogue in step."""

    def transaction(self) -> AbstractContextManager[None]:
        """All of what is written inside is kept for good when this ends."""

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Known images without a vector of this encoder: content's hash → ids and paths."""


Begin: TypeAlias = Callable[[EncoderInUse, Sequence[str]], IngestSession]
"""Begins a run with an encoder, of images that lie in some folders or come to lie there."""
