"""Records that describe a collection."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image of a collection; its ``id`` stays when the file is moved, and is never reused."""

    id: int
    path: Path
    captions: tuple[str, ...]
    width: int
    height: int
    format: str
    bytes: int
    modified_at: datetime
    """when its file was last changed; filters by date go by this"""
    added_at: datetime
    hash: str
    """BLAKE2b of the file as it was indexed, 32 hex digits"""
    mtime_ns: int
    """when the file had last changed, in ns since 1970"""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """A file or folder that could not be read, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class AddReport:
    """Counts of images processed by ``Collection.add``.

    ``added + updated + moved + unchanged`` are all the readable images that were found.
    """

    added: int = 0
    """new in the collection"""
    updated: int = 0
    """known by their path, with new content"""
    moved: int = 0
    """known by their content, at a new path"""
    unchanged: int = 0
    """known, as they were"""
    duplicates: int = 0
    """of the files added or updated: known content, so the embedding was copied"""
    missing: int = 0
    """known, but no longer on disk; not removed, since pruning was not requested"""
    removed: int = 0
    """known, but no longer on disk; pruned"""
    filled: int = 0
    """known before, and now with a vector of this encoder too"""
    captions: int = 0
    """captions that are new"""
    captions_without_image: int = 0
    """names in caption files that fit no image"""
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Images encoded a second."""
        encoded = self.added + self.updated + self.filled
        return encoded / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class EncoderRecord:
    """An encoder with stored embeddings; ``revision`` increases with every change of them."""

    name: str
    fingerprint: str
    dim: int
    dtype: str
    revision: int


@dataclass(frozen=True, slots=True)
class EncoderInfo(EncoderRecord):
    """The same, and how many vectors there are."""

    vectors: int


@dataclass(frozen=True, slots=True)
class Info:
    """Summary of a collection.

    ``path`` is its folder, or its address on a server. ``bytes`` is the size of the folder on disk;
    None where a server does not report it.
    """

    path: Path | str
    images: int
    captions: int
    problems: int
    encoders: tuple[EncoderInfo, ...]
    bytes: int | None
    schema: int
    created_at: datetime


Item = TypeVar("Item")


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of ``size``; the last one may be shorter.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
