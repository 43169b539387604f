"""The file of an image, opened with care: only what was indexed, or what it became, leaves.

A client names images by their ids alone, so no path of its own making is ever opened. Between
indexing and now the file may have been exchanged: it must still be a regular file that begins as
a picture, and where a link leads to it, its content must be that which was indexed.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from functools import partial
from io import BufferedReader, BytesIO
from pathlib import Path

from firs.collection import ImageRecord
from firs.errors import ImageError
from firs.pictures import why
from firs.pictures.formats import HEAD, recognise
from firs.sources.opening import InMemoryFile, open_in_memory
from firs.sources.places import Status
from firs.web.names import readable
from firs.web.problems import NotFound


@dataclass(frozen=True, slots=True)
class Original:
    """An open picture file; ``key`` is the hash of its content, ``format`` what it begins as."""

    file: BufferedReader | BytesIO
    bytes: int
    key: str
    format: str


MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "HEIF": "image/heic",
}
"""All are of pixels: none can hold a script."""

_HOW = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Without the last, opening a pipe would wait for ever; not every system has all."""


def open_original(image: ImageRecord) -> Original:
    """Open the file of an image; the caller closes it.

    Raises:
        NotFound: it does not exist, cannot be read, or is no longer an image of the collection.
    """
    file = _open(image.path)
    try:
        return _check(file, image)
    except BaseException:
        file.close()
        raise


def _open(path: Path) -> BufferedReader | InMemoryFile:
    try:
        return open_in_memory(str(path)) or os.fdopen(os.open(path, _HOW), "rb")
    except (OSError, ImageError) as error:
        raise NotFound(
            f"{readable(path.name)} cannot be read ({why(error)}). "
            "Connect its disk, or index its folder again."
        ) from error


def _check(file: BufferedReader | InMemoryFile, image: ImageRecord) -> Original:
    status = _status(file)
    format_ = None if status is None else recognise(file.read(HEAD))
    if status is None or format_ is None:
        raise _file_changed(image)
    linked = not isinstance(file, InMemoryFile) and _is_linked(image.path)
    untouched = status == (image.bytes, image.mtime_ns)
    key = image.hash if untouched and not linked else _digest(file)
    if linked and key != image.hash:
        raise _file_changed(image)
    file.seek(0)
    return Original(file, status.bytes, key, format_)


def _status(file: BufferedReader | InMemoryFile) -> Status | None:
    """Return the size and time of a regular file, or of an in-memory file."""
    if isinstance(file, InMemoryFile):
        return file.status
    told = os.fstat(file.fileno())
    return Status(told.st_size, told.st_mtime_ns) if stat.S_ISREG(told.st_mode) else None


def _is_linked(path: Path) -> bool:
    """Return whether any component of the path is a link."""
    return os.path.realpath(path) != str(path)


def _digest(file: BufferedReader | InMemoryFile) -> str:
    file.seek(0)
    return hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=16)).hexdigest()


def _file_changed(image: ImageRecord) -> NotFound:
    return NotFound(
        f"{readable(image.path.name)} is no longer the picture that was indexed. "
        "Index its folder again."
    )
