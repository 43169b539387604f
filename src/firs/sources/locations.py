"""Files and objects: what there is behind a path or a URL, and its bytes."""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast
from zlib import crc32

from firs.errors import InputError, MissingExtra
from firs.sources.paths import IMPORTED, as_url, is_url, plain

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

UNKNOWN = -1
"""Size of an object that is unknown before it is read."""

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
        return _status(_call(system.info, key))
    told = os.stat(path)  # noqa: PTH116
    return Status(told.st_size, told.st_mtime_ns)


def open_place(path: str) -> BinaryIO:
    """Open a file or an object for reading here and there in it.

    Raises:
        OSError: there is none, or it cannot be read.
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
        found = _find(system, key)
    except Exception as error:  # each kind of storage has errors of its own
        raise InputError(f"{as_url(path)} cannot be listed: {_why(error)}.") from error
    if not found:
        raise InputError(f"There is nothing at {as_url(path)}. Check the spelling.")
    for name, info in found.items():
        if info.get("type", "file") == "file":
            yield plain(system.unstrip_protocol(name)), _status(info)


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


def _find(system: "AbstractFileSystem", key: str) -> dict[str, dict[str, Any]]:
    if is_pattern(key):
        return dict(system.glob(key, detail=True))
    if system.isfile(key):
        return {key: system.info(key)}
    return dict(system.find(key, detail=True))


def _system(path: str) -> "tuple[AbstractFileSystem, str]":
    """Return the file system for URLs of this kind, and its own name for this URL."""
    if path.startswith(IMPORTED):
        raise FileNotFoundError(f"{path} was imported without a picture")
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra("Pictures behind URLs", "shards") from error
    try:
        return cast("tuple[AbstractFileSystem, str]", url_to_fs(as_url(path)))
    except (ImportError, ValueError) as error:
        raise InputError(f"{as_url(path)} cannot be opened: {error}") from error


def _call(ask: Any, *arguments: Any) -> Any:
    """Call a storage; convert any error to an OSError with one line."""
    try:
        return ask(*arguments)
    except OSError:
        raise
    except Exception as error:  # each kind of storage has errors of its own
        raise OSError(_why(error)) from error


def _why(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def _status(info: dict[str, Any]) -> Status:
    size = info.get("size")
    return Status(UNKNOWN if size is None else int(size), _change_time(info))


def _change_time(info: dict[str, Any]) -> int:
    times = (_nanoseconds(info[key]) for key in _TIMES if info.get(key) is not None)
    tags = (crc32(str(info[key]).encode()) for key in _TAGS if info.get(key))
    return next(times, next(tags, 0))


def _nanoseconds(time: datetime | float | str) -> int:
    if isinstance(time, str):
        time = datetime.fromisoformat(time)
    if isinstance(time, datetime):
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
    return round(time * 1e6) * 1_000
