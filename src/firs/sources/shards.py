"""Files that hold many pictures: what they hold, and the bytes of each."""

import io
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, Protocol

from firs.errors import ImageError, InputError
from firs.registry import Registry
from firs.sources import locations as places
from firs.sources.locations import Status, status
from firs.sources.paths import in_shard, is_url

MOST = 2**30
"""Bytes of the largest picture that is taken out of a shard."""

Captions = dict[str, list[str]]
"""Member → its captions."""


class Shard(Protocol):
    """A shard. Its contents are untrusted: names are only names, damage is a reported problem."""

    problem: str | None
    """Why not all of it can be read, if so; what was read before counts."""

    def members(self) -> Mapping[str, int]:
        """Return its images: name → size in bytes, -1 if the size is unknown before reading."""

    def read(self, member: str) -> bytes:
        """Return the contents of one member.

        Raises:
            ImageError: there is none of this name, or it cannot be read.
            OSError: the shard cannot be reached.
        """

    def captions(self) -> Captions:
        """Return its captions, by member."""


class Kind(Protocol):
    """Opener of shards of one kind."""

    def __call__(self, path: str, now: Status) -> Shard:
        """Scan the shard at a path in its current state; no file remains open.

        Raises:
            OSError: it cannot be reached.
            ImageError: it cannot be read at all.
            MissingExtra: it needs an extra that is not installed.
        """


KINDS: Registry[Kind] = Registry(
    "shard", {"tar": "firs.sources.tar:Tar", "parquet": "firs.sources.parquet:Rows"}
)

_opening = threading.Lock()


def shard(path: str) -> tuple[Shard, Status]:
    """Return the shard at a path in its current state, and its status when it was opened.

    Raises:
        OSError: there is none, or it cannot be reached.
        ImageError: it cannot be read at all.
        MissingExtra: it needs an extra that is not installed.
    """
    now = status(path)
    with _opening:
        return _open(path, now), now


@lru_cache(maxsize=8)
def _open(path: str, now: Status) -> Shard:
    """Open a shard, with a small cache: its images are usually read one after the other."""
    return KINDS.load(path.lower().rpartition(".")[2])(path, now)


class InMemoryFile(io.BytesIO):
    """An image file in memory; ``status`` is its size and its container's modification time."""

    def __init__(self, data: bytes, mtime_ns: int) -> None:
        super().__init__(data)
        self.status = Status(len(data), mtime_ns)


class ListedFile(NamedTuple):
    """The pictures of a shard, path → status, and why it may hold more."""

    pictures: dict[str, Status]
    problem: str | None


def open_in_memory(path: str) -> InMemoryFile | None:
    """Return the contents of a path that is not a local file, or None for a local file.

    Raises:
        ImageError: it does not exist, or it cannot be read.
        OSError: the shard or the storage cannot be reached.
    """
    inside = in_shard(path)
    try:
        if inside is not None:
            opened, now = shard(inside[0])
            return InMemoryFile(opened.read(inside[1]), now.mtime_ns)
        if is_url(path):
            return InMemoryFile(places.fetch(path), places.status(path).mtime_ns)
    except InputError as error:
        raise ImageError(str(error)) from error
    return None


def members(path: str) -> ListedFile:
    """Return the images of a shard.

    Raises:
        MissingExtra: it needs an extra that is not installed.
    """
    try:
        opened, now = shard(path)
    except (ImageError, OSError) as error:
        return ListedFile({}, str(error))
    told = opened.members().items()
    pictures = {f"{path}/{name}": Status(size, now.mtime_ns) for name, size in told}
    return ListedFile(pictures, opened.problem)


def captions(path: str) -> Captions:
    """Return the captions of a shard by member; none if it cannot be read."""
    try:
        return shard(path)[0].captions()
    except (ImageError, OSError):
        return {}


def is_gone(path: str) -> bool:
    """Return whether a path that is not a local file certainly does not exist."""
    inside = in_shard(path)
    try:
        if inside is not None:
            opened, _ = shard(inside[0])
            return opened.problem is None and inside[1] not in opened.members()
        if is_url(path):
            places.status(path)
            return False
    except FileNotFoundError:
        return True
    except (ImageError, OSError):
        return False
    return True
