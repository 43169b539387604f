"""The index over a collection's vectors, kept in step with the database."""

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from firs.collection import rows
from firs.collection.records import EncoderRecord

if TYPE_CHECKING:
    from firs.index import Index

INDEX_FOLDER = "index"
KIND = "exact"


class Nearest:
    """Holds one index in memory; asks for another when the vectors have changed.

    Args:
        folder: the collection's folder, or None where no cache file can be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._cache = None if folder is None else folder / INDEX_FOLDER
        self._lock = threading.Lock()
        self._held: tuple[EncoderRecord, Index] | None = None

    def index(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "Index":
        """Return the index of the vectors that the connection's snapshot holds."""
        with self._lock:
            if self._held is None or self._held[0] != encoder:
                self._held = encoder, self._open(connection, encoder)
            return self._held[1]

    def _open(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "Index":
        from firs.index.cache import IndexKey, load_or_build  # FAISS is for those who search

        key = IndexKey(encoder.name, encoder.fingerprint, encoder.revision)
        return load_or_build(KIND, self._cache, key, lambda: rows.vectors(connection, encoder.name))
