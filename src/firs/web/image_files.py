"""Image files: opened with care, and their thumbnails: small, upright WebP images.

A client names images by their ids alone, so no path of its own making is ever opened. Between
indexing and now the file may have been exchanged: it must still be a regular file that begins as
a picture, and where a link leads to it, its content must be that which was indexed. Thumbnails are
created once and cached by the content of the image.
"""

import hashlib
import io
import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from firs.collection import ImageRecord
from firs.encoders.base import usable_cores
from firs.errors import ImageError
from firs.imaging import read, why
from firs.imaging.decoding import HEAD, quiet_decoders, reader, recognise
from firs.sources.paths import readable
from firs.sources.shards import InMemoryFile, Status, open_in_memory
from firs.web.problems import NotFound

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
"""All are of pixels: none can contain a script."""

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Without the last, opening a pipe would wait for ever; not every system has all."""


@dataclass(frozen=True, slots=True)
class Original:
    """An open image file; ``key`` is the hash of its content, ``format`` what it begins as."""

    file: io.BufferedReader | io.BytesIO
    bytes: int
    key: str
    format: str


def open_original(image: ImageRecord) -> Original:
    """Open the file of an image; the caller closes it.

    Raises:
        NotFound: it does not exist, cannot be read, or is no longer an image of the collection.
    """
    try:
        file = open_in_memory(str(image.path)) or os.fdopen(os.open(image.path, _OPEN_FLAGS), "rb")
    except (OSError, ImageError) as error:
        raise NotFound(
            f"{readable(image.path.name)} cannot be read ({why(error)}). "
            "Connect its disk, or index its folder again."
        ) from error
    try:
        return _check(file, image)
    except BaseException:
        file.close()
        raise


def _check(file: io.BufferedReader | InMemoryFile, image: ImageRecord) -> Original:
    status = _status(file)
    format_ = None if status is None else recognise(file.read(HEAD))
    path = str(image.path)
    is_linked = not isinstance(file, InMemoryFile) and os.path.realpath(path) != path
    if status is not None and format_ is not None:
        is_unchanged = status == (image.bytes, image.mtime_ns)
        key = image.hash if is_unchanged and not is_linked else _digest(file)
        if not is_linked or key == image.hash:
            file.seek(0)
            return Original(file, status.bytes, key, format_)
    raise NotFound(
        f"{readable(image.path.name)} is no longer the picture that was indexed. "
        "Index its folder again."
    )


def _status(file: io.BufferedReader | InMemoryFile) -> Status | None:
    """Return the size and time of a regular file, or of an in-memory file."""
    if isinstance(file, InMemoryFile):
        return file.status
    found = os.fstat(file.fileno())
    return Status(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def _digest(file: io.BufferedReader | InMemoryFile) -> str:
    file.seek(0)
    return hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=16)).hexdigest()


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
    header = request.headers.get("if-none-match", "")
    known = {given.strip().removeprefix("W/") for given in header.split(",")}
    response = Response(status_code=HTTPStatus.NOT_MODIFIED) if known & {tag, "*"} else make()
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = cache
    return response


_EXIF, _TAKEN = 0x8769, 0x9003


def capture_time(file: BinaryIO, format_: str) -> datetime | None:
    """Return the camera's local time (Exif 2.32, 4.6.5, tag 36867), if it is recorded.

    Args:
        file: an open image.
        format_: as :func:`firs.imaging.decoding.recognise` names it.
    """
    try:
        with quiet_decoders():
            text = reader(format_)(file).getexif().get_ifd(_EXIF).get(_TAKEN)
            return datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S")
    except Exception:  # a parser on hostile bytes
        return None


THUMBNAILS = "thumbnails.db"
THUMBNAIL_TYPE = "image/webp"
VERSION = 1
"""Raised whenever the same picture would give other bytes."""

_QUALITY, _METHOD = 80, 2  # method 4 takes three times as long and saves 4 % of the bytes
_cores = threading.BoundedSemaphore(usable_cores())

_TABLE = """
CREATE TABLE IF NOT EXISTS thumbnail (
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (key, size)
)
"""


class Size(IntEnum):
    """Pixels of the longer side; smaller pictures are not enlarged."""

    small = 256
    medium = 512
    large = 1024


def thumbnail(file: BinaryIO, size: Size) -> bytes:
    """Make the thumbnail of an image file.

    Raises:
        NotFound: it cannot be read.
    """
    with _cores:
        try:
            image = read(file, at_least=size).image
        except ImageError as error:
            raise NotFound(f"This picture can no longer be read: {error}.") from error
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        data = io.BytesIO()
        image.save(data, "WEBP", quality=_QUALITY, method=_METHOD)
        return data.getvalue()


def thumbnail_tag(content: str, size: Size) -> str:
    """Return the ETag of the thumbnail of an image with this content hash."""
    return f'"{content}-{size}-{VERSION}"'


class ThumbnailFile:
    """Thread-safe cache of thumbnails by a key of their content and their size.

    Args:
        places: candidate files; the first writable one is used, and without one, nothing is cached.
    """

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = places
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._is_open = False

    def get(self, key: str, size: int) -> bytes | None:
        """Return the cached thumbnail, or None."""
        with self._lock, suppress(sqlite3.Error):
            connection = self._open()
            if connection is not None:
                row = connection.execute(
                    "SELECT data FROM thumbnail WHERE key = ? AND size = ?", (key, size)
                ).fetchone()
                return None if row is None else bytes(row[0])
        return None

    def put(self, key: str, size: int, data: bytes) -> None:
        """Store a thumbnail."""
        with self._lock, suppress(sqlite3.Error):  # a full disk is no reason to show no picture
            connection = self._open()
            if connection is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO thumbnail VALUES (?, ?, ?)", (key, size, data)
                )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._is_open = None, True

    def _open(self) -> sqlite3.Connection | None:
        if not self._is_open:
            self._is_open = True
            self._connection = next(filter(None, map(_try_to_open, self._places)), None)
        return self._connection


class Thumbnails(ThumbnailFile):
    """The thumbnails of one collection, by the hash of an image's content."""

    def __init__(self, places: Sequence[Path]) -> None:
        super().__init__(places)
        self._running: SingleFlight[bytes] = SingleFlight()

    def find(self, content: str, size: Size) -> bytes | None:
        """Return the cached thumbnail of an image, or None."""
        return self.get(f"{VERSION}-{content}", size)

    def make(self, original: Original, size: Size) -> bytes:
        """Return the thumbnail of an open image, made now unless it is cached.

        Raises:
            NotFound: the image cannot be read.
        """

        def make() -> bytes:
            data = self.find(original.key, size)
            if data is None:
                data = thumbnail(original.file, size)
                self.put(f"{VERSION}-{original.key}", size, data)
            return data

        return self._running.get((original.key, size), make)


def _try_to_open(path: Path) -> sqlite3.Connection | None:
    """Open a file; a damaged one is replaced."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return _connect(path)
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            path.unlink()
            return _connect(path)
    except (OSError, sqlite3.Error):
        return None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = OFF")  # thumbnails lost in a power cut are remade
        connection.execute(_TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


Result = TypeVar("Result")


class SingleFlight(Generic[Result]):
    """Deduplication of concurrent calls: later callers wait for the result of the first.

    >>> SingleFlight().get("key", lambda: 3)
    3
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, Future[Result]] = {}

    def get(self, key: Hashable, make: Callable[[], Result]) -> Result:
        """Return or raise the outcome of ``make``, called here or in the first thread."""
        mine: Future[Result] = Future()
        with self._lock:
            running = self._running.setdefault(key, mine)
        if running is not mine:
            return running.result()
        try:
            mine.set_result(make())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()
