"""Thumbnails on disk: one SQLite file, a cache that may be deleted at any time."""

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

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
