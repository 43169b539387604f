"""The file of an image, opened with care: only what was indexed, or what it became, leaves.

A client names images by their ids alone, so no path of its own making is ever opened. Between
indexing and now the file may have been exchanged: it must still be a regular file that begins as
a picture, and where a link leads to it, its content must be that which was indexed.
"""

import hashlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from firs.collection import ImageRecord
from firs.errors import ImageError
from firs.imaging import why
from firs.imaging.decoding import HEAD, quiet_decoders, reader, recognise
from firs.sources.shards import InMemoryFile, Status, open_in_memory
from firs.web.problems import NotFound, readable


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


def respond_with_etag(
    request: Request, tag: str, cache: str, make: Callable[[], Response]
) -> Response:
    """Return the response of ``make``, or 304 if the client has the version ``tag``.

    Args:
        request: the request with its ``If-None-Match`` header (RFC 9110, 13.1.2).
        tag: a strong ETag, in quotes.
        cache: the Cache-Control header.
        make: creates the response; not called if the client has the version.
    """
    body = request.headers.get("if-none-match", "")
    known = {given.strip().removeprefix("W/") for given in body.split(",")}
    answer = Response(status_code=HTTPStatus.NOT_MODIFIED) if known & {tag, "*"} else make()
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = cache
    return answer


_EXIF, _TAKEN = 0x8769, 0x9003


def capture_time(file: BinaryIO, format_: str) -> datetime | None:
    """Return the camera's local time (Exif 2.32, 4.6.5, tag 36867), if it is recorded.

    Args:
        file: an open image.
        format_: as :func:`firs.imaging.decoding.recognise` names it.
    """
    try:
        with quiet_decoders():
            told = reader(format_)(file).getexif().get_ifd(_EXIF).get(_TAKEN)
            return datetime.strptime(str(told), "%Y:%m:%d %H:%M:%S")
    except Exception:  # a parser on hostile bytes
        return None
