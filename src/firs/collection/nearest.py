"""The indexes over a collection's vectors, one an encoder, kept in step with the database."""

import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from firs.collection import rows
from firs.collection.records import EncoderRecord

if TYPE_CHECKING:
    from firs.index import Index

INDEX_FOLDER = "index"
KIND = "exact"


class Nearest:
    """Holds an index an encoder in memory; asks for another when the vectors have changed.

    Args:
        folder: the collection's folder, or None where no cache file can be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._cache = None if folder is None else folder / INDEX_FOLDER
        self._lock = threading.Lock()
        self._held: dict[str, tuple[EncoderRecord, Index]] = {}

    def index(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "Index":
        """Return the index of the vectors that the connection's snapshot holds."""
        with self._lock:
            held, index = self._held.get(encoder.name, (None, None))
            if index is None or held != encoder:
                index = self._open(connection, encoder)
                self._held[encoder.name] = encoder, index
            return index

    def _open(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "Index":
        from firs.index.cache import IndexKey, load_or_build  # FAISS is for those who search

        key = IndexKey(encoder.name, encoder.fingerprint, encoder.revision)
        folder = self._cache and self._cache / quote(encoder.name, safe="")
        return load_or_build(KIND, folder, key, lambda: rows.vectors(connection, encoder.name))
