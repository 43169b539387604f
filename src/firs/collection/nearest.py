"""The indexes over a collection's embeddings, one per encoder, in sync with the database.

Changes since an index was built are searched separately, so that nothing is built while images are
added and removed. After many changes, another index is built in the background and replaces it when
it is ready.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from firs.collection.changes import is_known
from firs.collection.choosing import kind_in_use, texts_to_ask
from firs.collection.entries import StoredEntries
from firs.collection.records import EncoderRecord
from firs.collection.upkeep import IndexMaintainer
from firs.encoders import Encoder
from firs.errors import FirsError
from firs.storage.database import Database

if TYPE_CHECKING:
    from firs.index import Index
    from firs.index.files import IndexKey

INDEX_FOLDER = "index"
_log = logging.getLogger(__name__)


class Nearest:
    """In-memory index per encoder.

    Args:
        database: the collection's database, which the background thread reads.
        folder: the collection's folder, or None where no cache file can be written.
    """

    def __init__(self, database: Database, folder: Path | None) -> None:
        self._database = database
        self._cache = None if folder is None else folder / INDEX_FOLDER
        self._lock = threading.Lock()
        self._held: dict[str, IndexMaintainer] = {}
        self._ready: dict[str, IndexMaintainer] = {}
        self._builders: dict[str, threading.Thread] = {}

    def index(
        self,
        connection: sqlite3.Connection,
        record: EncoderRecord,
        open_encoder: Callable[[], Encoder],
    ) -> "Index":
        """Return the index of the embeddings in the connection's snapshot.

        The encoder is loaded only if an index that must be tuned to texts is built.
        """
        kind = kind_in_use(connection, record)
        with self._lock:
            ready = self._ready.pop(record.name, None)
            if ready and ready.serves(connection, record, kind):
                self._held[record.name] = ready
            held = self._held.get(record.name)
            if held is None or not held.serves(connection, record, kind):
                held = self._held[record.name] = self._open(connection, record, kind, open_encoder)
            index = held.refresh(connection, record)
            if held.is_worn:
                self._build_in_background(record, open_encoder)
        return index

    def close(self) -> None:
        """Wait for what is being built."""
        for builder in list(self._builders.values()):
            builder.join()

    def _open(
        self,
        connection: sqlite3.Connection,
        record: EncoderRecord,
        kind: str,
        open_encoder: Callable[[], Encoder],
    ) -> IndexMaintainer:
        from firs.index.files import load

        kept = load(
            kind,
            self._folder(record),
            _key(record),
            lambda revision: is_known(connection, record.name, revision),
        )
        if kept:
            return IndexMaintainer(record, kind, *kept)
        return self._build(connection, record, kind, open_encoder)

    def _build(
        self,
        connection: sqlite3.Connection,
        record: EncoderRecord,
        kind: str,
        open_encoder: Callable[[], Encoder],
    ) -> IndexMaintainer:
        from firs.index.files import build

        index = build(
            kind,
            self._folder(record),
            _key(record),
            StoredEntries(connection, record.name),
            lambda: open_encoder().encode_texts(texts_to_ask(connection, of=0)),
        )
        return IndexMaintainer(record, kind, index, record.revision)

    def _build_in_background(
        self, record: EncoderRecord, open_encoder: Callable[[], Encoder]
    ) -> None:
        running = self._builders.get(record.name)
        if running is None or not running.is_alive():
            builder = threading.Thread(
                target=self._make_ready, args=(record, open_encoder), name=f"index {record.name}"
            )
            self._builders[record.name] = builder
            builder.start()

    def _make_ready(self, record: EncoderRecord, open_encoder: Callable[[], Encoder]) -> None:
        from firs.storage import rows

        try:
            with self._database.reading() as connection:
                now = [each for each in rows.encoders(connection) if each.name == record.name]
                if now:
                    kind = kind_in_use(connection, now[0])
                    built = self._build(connection, now[0], kind, open_encoder)
                    self._ready[record.name] = built
        except (FirsError, MemoryError) as error:
            _log.warning("The index is not built anew, so the old one serves on: %s", error)

    def _folder(self, record: EncoderRecord) -> Path | None:
        return self._cache and self._cache / quote(record.name, safe="")


def _key(record: EncoderRecord) -> "IndexKey":
    from firs.index.files import IndexKey

    return IndexKey(record.name, record.fingerprint, record.revision)
