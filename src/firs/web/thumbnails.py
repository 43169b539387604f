"""Thumbnails: small WebP images, upright, created once and cached by their content."""

import io
import sqlite3
import threading
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO, Generic, TypeVar

from PIL import Image

from firs.encoders.base import usable_cores
from firs.errors import ImageError
from firs.imaging import read
from firs.web.originals import Original
from firs.web.problems import NotFound

NAME = "thumbnails.db"

_TABLE = """
CREATE TABLE IF NOT EXISTS thumbnail (
    key TEXT NOT NULL,
    size INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (key, size)
)
"""


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
        connection.execute("PRAGMA synchronous = OFF")  # what a power cut takes is made again
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
            waiting = self._running.get(key)
            if waiting is None:
                self._running[key] = mine
        if waiting is not None:
            return waiting.result()
        return self._compute(key, mine, make)

    def _compute(self, key: Hashable, mine: "Future[Result]", make: Callable[[], Result]) -> Result:
        try:
            mine.set_result(make())
        except BaseException as error:
            mine.set_exception(error)
        finally:
            with self._lock:
                del self._running[key]
        return mine.result()


MEDIA_TYPE = "image/webp"
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "The picture, small."},
    304: {"description": "The client has it."},
}
VERSION = 1
"""Raised whenever the same picture would give other bytes."""

_QUALITY, _METHOD = 80, 2  # method 4 takes three times as long and saves 4 % of the bytes
_at_work = threading.BoundedSemaphore(usable_cores())


class Size(IntEnum):
    """Pixels of the longer side; smaller pictures are not enlarged."""

    small = 256
    medium = 512
    large = 1024


class Thumbnails:
    """The thumbnails of one collection; ``places`` are files to keep them in."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._kept = ThumbnailFile(places)
        self._once: SingleFlight[bytes] = SingleFlight()

    def get(self, original: Original, size: Size) -> bytes:
        """Return the thumbnail of an open image.

        Raises:
            NotFound: the image cannot be read.
        """
        key = _key(original.key)

        def make() -> bytes:
            data = self._kept.get(key, size)
            if data is None:
                data = thumbnail(original.file, size)
                self._kept.put(key, size, data)
            return data

        return self._once.get((key, size), make)

    def find(self, content: str, size: Size) -> bytes | None:
        """Return the cached thumbnail of an image with this content hash, or None."""
        return self._kept.get(_key(content), size)

    def close(self) -> None:
        """Close the file that keeps them."""
        self._kept.close()


def tag(content: str, size: Size) -> str:
    """Return the ETag of the thumbnail of an image with this content hash."""
    return f'"{content}-{size}-{VERSION}"'


def _key(content: str) -> str:
    return f"{VERSION}-{content}"


def thumbnail(file: BinaryIO, size: Size) -> bytes:
    """Make the thumbnail of a picture file.

    Raises:
        NotFound: it cannot be read.
    """
    with _at_work:
        try:
            image = read(file, at_least=size).image
        except ImageError as error:
            raise NotFound(f"This picture can no longer be read: {error}.") from error
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        image.save(written, "WEBP", quality=_QUALITY, method=_METHOD)
        return written.getvalue()
