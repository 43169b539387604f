"""A collection as one side of a migration."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from firs.collection.records import EncoderRecord
from firs.migration.parts import Document, Image


@dataclass(frozen=True, slots=True)
class Mark:
    """Stands in a collection that is not wholly there yet.

    Args:
        source: where it comes from.
        after: the last image that is here for good.
    """

    source: str
    after: int = 0


class Side(Protocol):
    """A collection that is read, and is not changed by it; or one that is written to.

    Reading gives all in order, in parts; what is written can be written again.
    """

    location: str
    """What tells it from any other, and is shown."""

    def open(self, *, writing: bool) -> AbstractContextManager[None]:
        """Have it for reading, or for writing too: nobody else writes to it then.

        Raises:
            CollectionNotFound: there is none, and it is only read.
            CollectionBusy: something else is writing.
        """

    def mark(self) -> Mark | None:
        """Where an unfinished migration to it stands."""

    def set_mark(self, mark: Mark | None) -> None:
        """Say where it stands; None when all is there."""

    def count(self) -> int:
        """How many images there are."""

    def encoders(self) -> Sequence[EncoderRecord]:
        """Whose vectors there are."""

    def images(self, after: int = 0) -> Iterator[list[Image]]:
        """Images with higher ids, ascending."""

    def documents(self, kind: str) -> Iterator[Document]:
        """All that there is of a kind."""

    def enlist(self, encoders: Iterable[EncoderRecord]) -> None:
        """Make ready to take vectors of these."""

    def put_images(self, images: Sequence[Image], mark: Mark) -> None:
        """Take in images, and that they are there."""

    def put_documents(self, kind: str, documents: Sequence[Document]) -> None:
        """Take in things that are no images."""

    def build(self) -> None:
        """Build the indexes that were chosen, where the first search would not."""
