"""Files, objects behind URLs, and pictures in shards: their status, content and captions.

Objects are read by `fsspec <https://filesystem-spec.readthedocs.io>`_. A shard is a file that
contains many pictures: a tar (``firs.sources.tar``) or a Parquet file (``firs.sources.parquet``).
"""

import io
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, Protocol, cast
from zlib import crc32

from firs.errors import ImageError, InputError
from firs.registry import Registry
from firs.sources.paths import IMPORTED, as_url, in_shard, is_url, plain

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

UNKNOWN = -1
"""Size of an object that is unknown before it is read."""

MAX_BYTES = 2**30
"""The largest picture that is read from a shard."""

Captions = dict[str, list[str]]
"""The captions of each member of a shard."""

_TIMES = ("LastModified", "last_modified", "mtime", "updated", "created")
_TAGS = ("ETag", "etag", "md5Hash", "checksum")


class Status(NamedTuple):
    """Fingerprint of a file or an object: its size and its modification time.

    If only an ETag identifies the version, it is used in place of the time.
    """

    bytes: int
    mtime_ns: int


def status(path: str) -> Status:
    """Return the current status of a file or an object.

    Raises:
        OSError: it does not exist, or the storage does not respond.
    """
    if is_url(path):
        system, key = _system(path)
        return _to_status(_call(system.info, key))
    stat = os.stat(path)  # noqa: PTH116
    return Status(stat.st_size, stat.st_mtime_ns)


def open_place(path: str) -> BinaryIO:
    """Open a file or an object for random access.

    Raises:
        OSError: it does not exist, or it cannot be read.
    """
    if is_url(path):
        system, key = _system(path)
        return cast("BinaryIO", _call(system.open, key, "rb"))
    return Path(path).open("rb")


def fetch(path: str, start: int = 0, end: int | None = None) -> bytes:
    """Return the bytes of a file or an object, or the range from ``start`` to before ``end``.

    Raises:
        OSError: it does not exist, or it cannot be read.
    """
    if is_url(path):
        system, key = _system(path)
        return bytes(_call(system.cat_file, key, start, end))
    with Path(path).open("rb") as file:
        file.seek(start)
        return file.read(-1 if end is None else end - start)


def below(path: str) -> Iterator[tuple[str, Status]]:
    """Yield the objects behind a URL: itself, all below it as a folder, or all that it matches.

    Raises:
        InputError: there are none, or the storage cannot be listed.
    """
    system, key = _system(path)
    try:
        system.invalidate_cache()
        if is_pattern(key):
            found = system.glob(key, detail=True)
        else:
            is_file = system.isfile(key)
            found = {key: system.info(key)} if is_file else system.find(key, detail=True)
    except Exception as error:  # each kind of storage has errors of its own
        raise InputError(f"{as_url(path)} cannot be listed: {_reason(error)}.") from error
    if not found:
        raise InputError(f"There is nothing at {as_url(path)}. Check the spelling.")
    for name, info in found.items():
        if info.get("type", "file") == "file":
            yield plain(system.unstrip_protocol(name)), _to_status(info)


def is_pattern(path: str) -> bool:
    """Return whether a URL is a pattern."""
    return any(mark in path for mark in "*?[")


def folder_of(path: str) -> str:
    """Return the folder that contains all matches of a URL pattern; any other path unchanged.

    >>> folder_of("s3:/bucket/cats/2*/*.jpg"), folder_of("/data/[old]")
    ('s3:/bucket/cats', '/data/[old]')
    """
    if not is_url(path) or not is_pattern(path):
        return path
    return re.split(r"[*?\[]", path, maxsplit=1)[0].rpartition("/")[0]


def _system(path: str) -> "tuple[AbstractFileSystem, str]":
    """Return the file system for URLs of this kind, and its own name for this URL."""
    if path.startswith(IMPORTED):
        raise FileNotFoundError(f"{path} was imported without a picture")
    from fsspec.core import url_to_fs

    try:
        return cast("tuple[AbstractFileSystem, str]", url_to_fs(as_url(path)))
    except (ImportError, ValueError) as error:
        raise InputError(f"{as_url(path)} cannot be opened: {error}") from error


def _call(method: Callable[..., Any], *arguments: Any) -> Any:
    """Call a storage; convert any error to an OSError with one line."""
    try:
        return method(*arguments)
    except OSError:
        raise
    except Exception as error:  # each kind of storage has errors of its own
        raise OSError(_reason(error)) from error


def _reason(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _to_status(info: dict[str, Any]) -> Status:
    size = info.get("size")
    times = (_to_nanoseconds(info[key]) for key in _TIMES if info.get(key) is not None)
    tags = (crc32(str(info[key]).encode()) for key in _TAGS if info.get(key))
    return Status(UNKNOWN if size is None else int(size), next(times, next(tags, 0)))


def _to_nanoseconds(time: datetime | float | str) -> int:
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return round(time * 1e6) * 1_000


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


KINDS: Registry[Callable[[str, Status], Shard]] = Registry(
    "shard", {"tar": "firs.sources.tar:Tar", "parquet": "firs.sources.parquet:ParquetShard"}
)
"""By suffix: functions that scan the shard at a path in its current state, and leave no file open.

They raise OSError if it cannot be reached, ImageError if it cannot be read at all, and MissingExtra
if an extra is not installed.
"""

_lock = threading.Lock()


def open_shard(path: str) -> tuple[Shard, Status]:
    """Return the shard at a path in its current state, and its status when it was opened.

    Raises:
        OSError: it does not exist, or it cannot be reached.
        ImageError: it cannot be read at all.
        MissingExtra: it needs an extra that is not installed.
    """
    now = status(path)
    with _lock:
        return _open_cached(path, now), now


@lru_cache(maxsize=8)
def _open_cached(path: str, now: Status) -> Shard:
    """Open a shard, with a small cache: its images are usually read one after the other."""
    return KINDS.load(path.lower().rpartition(".")[2])(path, now)


class InMemoryFile(io.BytesIO):
    """An image file in memory; ``status`` is its size and its container's modification time."""

    def __init__(self, data: bytes, mtime_ns: int) -> None:
        super().__init__(data)
        self.status = Status(len(data), mtime_ns)


class ListedFile(NamedTuple):
    """The pictures of a shard, path → status, and why the list may be incomplete."""

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
            shard, now = open_shard(inside[0])
            return InMemoryFile(shard.read(inside[1]), now.mtime_ns)
        if is_url(path):
            return InMemoryFile(fetch(path), status(path).mtime_ns)
    except InputError as error:
        raise ImageError(str(error)) from error
    return None


def members(path: str) -> ListedFile:
    """Return the images of a shard.

    Raises:
        MissingExtra: it needs an extra that is not installed.
    """
    try:
        shard, now = open_shard(path)
    except (ImageError, OSError) as error:
        return ListedFile({}, str(error))
    sizes = shard.members().items()
    pictures = {f"{path}/{name}": Status(size, now.mtime_ns) for name, size in sizes}
    return ListedFile(pictures, shard.problem)


def captions(path: str) -> Captions:
    """Return the captions of a shard by member; none if it cannot be read."""
    try:
        return open_shard(path)[0].captions()
    except (ImageError, OSError):
        return {}


def is_gone(path: str) -> bool:
    """Return whether a path that is not a local file certainly does not exist."""
    inside = in_shard(path)
    try:
        if inside is not None:
            shard, _ = open_shard(inside[0])
            return shard.problem is None and inside[1] not in shard.members()
        if is_url(path):
            status(path)
            return False
    except FileNotFoundError:
        return True
    except (ImageError, OSError):
        return False
    return True
