"""The indexes over a collection's vectors, one an encoder, kept in step with the database."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from firs.collection import rows
from firs.collection.choosing import kind_in_use, texts_to_ask
from firs.collection.records import EncoderRecord
from firs.encoders import Encoder

if TYPE_CHECKING:
    from firs.index import Index

INDEX_FOLDER = "index"


class Nearest:
    """Holds an index an encoder in memory; asks for another when the vectors have changed.

    Args:
        folder: the collection's folder, or None where no cache file can be written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._cache = None if folder is None else folder / INDEX_FOLDER
        self._lock = threading.Lock()
        self._held: dict[str, tuple[tuple[EncoderRecord, str], Index]] = {}

    def index(
        self,
        connection: sqlite3.Connection,
        record: EncoderRecord,
        open_encoder: Callable[[], Encoder],
    ) -> "Index":
        """Return the index of the vectors that the connection's snapshot holds.

        The encoder is opened only where an index is built that must be tuned to texts.
        """
        kind = kind_in_use(connection, record)
        with self._lock:
            held, index = self._held.get(record.name, (None, None))
            if index is None or held != (record, kind):
                index = self._open(connection, record, kind, open_encoder)
                self._held[record.name] = (record, kind), index
            return index

    def _open(
        self,
        connection: sqlite3.Connection,
        record: EncoderRecord,
        kind: str,
        open_encoder: Callable[[], Encoder],
    ) -> "Index":
        from firs.index.cache import IndexKey, load_or_build  # FAISS is for those who search

        key = IndexKey(record.name, record.fingerprint, record.revision)
        folder = self._cache and self._cache / quote(record.name, safe="")
        return load_or_build(
            kind,
            folder,
            key,
            lambda: rows.vectors(connection, record.name),
            lambda: open_encoder().encode_texts(texts_to_ask(connection, of=0)),
        )
