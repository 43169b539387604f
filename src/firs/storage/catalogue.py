"""The images of a collection in memory while it is being added to: by path and by content."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from firs.sources import shards
from firs.sources.paths import Root, in_shard, is_url
from firs.sources.shards import UNKNOWN


@dataclass(frozen=True, slots=True)
class File:
    """A file and its state when it was read; ``path`` is absolute."""

    path: str
    bytes: int
    mtime_ns: int


@dataclass(slots=True)
class IndexedImage:
    """An image as the database has it."""

    id: int
    path: str
    hash: bytes
    bytes: int
    mtime_ns: int

    def looks_like(self, file: File) -> bool:
        """Return whether the size and modification time of the file are unchanged.

        If the size is known only after reading, compare the modification time alone.
        """
        same_size = file.bytes in (self.bytes, UNKNOWN)
        return same_size and self.mtime_ns == file.mtime_ns


class Catalogue:
    """All known images; every writer to the database keeps it in sync."""

    def __init__(self, known: Iterable[IndexedImage]) -> None:
        self._by_path: dict[str, IndexedImage] = {}
        self._by_hash: dict[bytes, list[IndexedImage]] = defaultdict(list)
        for image in known:
            self.put(image)

    @classmethod
    def read(cls, connection: sqlite3.Connection, root: Root) -> "Catalogue":
        """Read it from the database."""
        rows = connection.execute("SELECT id, path, hash, bytes, mtime_ns FROM image ORDER BY id")
        return cls(
            IndexedImage(id_, root.absolute(noted), hash_, size, mtime_ns)
            for id_, noted, hash_, size, mtime_ns in rows
        )

    def __iter__(self) -> Iterator[IndexedImage]:
        return iter(self._by_path.values())

    def at(self, path: str) -> IndexedImage | None:
        """Return the image at a path."""
        return self._by_path.get(path)

    def look_up(self, hashes: Iterable[bytes]) -> None:
        """Learn which images have some contents, where that is not known yet; here it is."""

    def with_content(self, hash_: bytes) -> list[IndexedImage]:
        """Return the images with this content, oldest first."""
        return list(self._by_hash.get(hash_, ()))

    def put(self, image: IndexedImage) -> None:
        """Take in an image, or one that was dropped and changed."""
        self._by_path[image.path] = image
        self._by_hash[image.hash].append(image)

    def drop(self, image: IndexedImage) -> None:
        """Forget an image as it is."""
        del self._by_path[image.path]
        self._by_hash[image.hash].remove(image)


def is_gone(path: str) -> bool:
    """Return whether a path certainly does not exist; a disk that does not respond is no proof."""
    if is_url(path) or in_shard(path) is not None:
        return shards.is_gone(path)
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def is_same(path: str, other: str) -> bool:
    """Return whether two paths are one file, such as names that differ in case on some disks."""
    try:
        return Path(path).samefile(other)
    except OSError:
        return False
