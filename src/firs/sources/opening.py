"""Reader of members of shards and objects behind URLs, opened as files."""

import io
from typing import NamedTuple

from firs.errors import ImageError, InputError
from firs.sources import places
from firs.sources.names import in_shard, is_url
from firs.sources.places import Status
from firs.sources.shards import Captions, shard


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
