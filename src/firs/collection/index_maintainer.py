"""Which kind of index answers searches, and with which texts it is tuned and checked."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from firs.encoders import Encoder
from firs.errors import FirsError
from firs.storage import rows as vector_rows
from firs.storage.database import Database
from firs.storage.documents import SQLiteDocuments
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.index import Index, StoredIndex
    from firs.index.files import IndexKey

CHOSEN, CERTIFICATE = "index", "certificate"
"""Kinds of documents: the chosen index of an encoder, and the result of its last check."""

EXACT = "exact"
LARGE = "ivf"
MOST_EXACT = 200_000
"""Entries up to which a search of all is fast enough."""

_CAPTIONS = 100


def kind_in_use(connection: sqlite3.Connection, record: EncoderRecord) -> str:
    """Return the index kind chosen for an encoder, if it still exists, or the kind by size."""
    from firs.index import has_kind, rename_kind

    chosen = SQLiteDocuments.within(connection).get(CHOSEN, [record.name])
    kind = chosen.get(record.name, {}).get("kind")
    if kind and has_kind(rename_kind(kind)):
        return rename_kind(kind)
    return kind_by_size(_vectors(connection, record.name), record.dim)


def kind_by_size(count: int, dim: int) -> str:
    """Exact, unless that were slow, or took more than a quarter of the memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return EXACT if count <= MOST_EXACT and 2 * count * dim <= memory / 4 else LARGE


def texts_to_ask(connection: sqlite3.Connection, of: int) -> list[str]:
    """Return typical image descriptions and captions of the collection, in two halves.

    Args:
        connection: a reader's connection.
        of: 0 for the half that an index is tuned with, 1 for the half that it is checked with.
    """
    from firs.search.matrix import EVERYDAY

    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM caption").fetchone()
    step = 2 * max(1, last // (2 * _CAPTIONS))
    rows = connection.execute(
        "SELECT text FROM caption WHERE id % ? = ? ORDER BY id LIMIT ?",
        (step, of * step // 2, _CAPTIONS),
    )
    return [*EVERYDAY[of::2], *(text for (text,) in rows if text.strip())]


def _vectors(connection: sqlite3.Connection, encoder: str) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM vector WHERE encoder_id = (SELECT id FROM encoder WHERE name = ?)",
        (encoder,),
    ).fetchone()
    return int(count)


def is_known(connection: sqlite3.Connection, encoder: str, revision: int) -> bool:
    """Return whether ``changed_since`` covers a revision.

    It does not cover a revision from before change tracking, nor one that a database restored from
    a backup has never had.
    """
    row = connection.execute(
        "SELECT 1 FROM vector_change JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? AND vector_change.revision = ?",
        (encoder, revision),
    ).fetchone()
    return row is not None


def changes_since(connection: sqlite3.Connection, encoder: str, revision: int) -> Ids:
    """Return the ascending ids of images with changed embeddings since a revision."""
    rows = connection.execute(
        "SELECT DISTINCT image_id FROM vector_change JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? AND vector_change.revision > ?",
        (encoder, revision),
    )
    return np.unique(np.array([id_ for (id_,) in rows], dtype=np.int64))


FEW = 1_000
"""Changes that never make an index worn."""

SHARE = 0.05
"""Changes, of all entries, from which on another index is worth its making."""


class IndexMaintainer:
    """Brings an index up to date without building it again.

    Args:
        record: the encoder, at the revision of the index or later.
        kind: of the index.
        built: the index.
        revision: of the vectors that it was built from.
    """

    def __init__(
        self, record: EncoderRecord, kind: str, built: "StoredIndex", revision: int
    ) -> None:
        self._encoder = (record.name, record.fingerprint)
        self._kind = kind
        self._built = built
        self._revision = revision
        self._changed = np.empty(0, dtype=np.int64)
        self._fresh = (self._changed, np.empty((0, built.dim), dtype=record.dtype))
        self._now = revision
        self._index: Index = built

    @property
    def is_worn(self) -> bool:
        """Whether so much has changed that another index is worth its making."""
        return len(self._changed) > max(FEW, SHARE * len(self._built))

    def serves(self, connection: sqlite3.Connection, record: EncoderRecord, kind: str) -> bool:
        """Return whether this is an index of this kind and encoder that can be updated."""
        if (record.name, record.fingerprint) != self._encoder or kind != self._kind:
            return False
        return self._revision == record.revision or is_known(
            connection, record.name, self._revision
        )

    def refresh(self, connection: sqlite3.Connection, record: EncoderRecord) -> "Index":
        """Return the index of the embeddings in the connection's snapshot."""
        if record.revision != self._now:
            if not is_known(connection, record.name, self._now):  # a snapshot from before
                self._forget()
            changed = changes_since(connection, record.name, self._now)
            self._take(changed, *vector_rows.some_vectors(connection, record.name, changed))
            self._now = record.revision
        return self._index

    def _forget(self) -> None:
        self._changed, self._now, self._index = self._changed[:0], self._revision, self._built
        self._fresh = tuple(each[:0] for each in self._fresh)  # type: ignore[assignment]

    def _take(
        self, changed: vector_rows.Ids, ids: vector_rows.Ids, vectors: vector_rows.StoredVectors
    ) -> None:
        from firs.index.exact import OverlayIndex

        if not len(changed):
            return
        still = ~np.isin(self._fresh[0], changed)
        self._fresh = (
            np.concatenate([self._fresh[0][still], ids]),
            np.concatenate([self._fresh[1][still], vectors]),
        )
        self._changed = np.union1d(self._changed, changed)
        self._index = OverlayIndex(self._built, self._changed, *self._fresh)


class StoredEntries:
    """All images with their embeddings, from one snapshot of the database.

    Args:
        connection: a reader's connection.
        encoder: the encoder that the embeddings come from.
    """

    def __init__(self, connection: sqlite3.Connection, encoder: str) -> None:
        self._connection = connection
        self._encoder = encoder
        self._dim, _, self._count = vector_rows.vector_shape(connection, encoder)

    @property
    def dim(self) -> int:
        return self._dim

    def __len__(self) -> int:
        return self._count

    def parts(self) -> Iterator[tuple[vector_rows.Ids, vector_rows.StoredVectors]]:
        """Yield ids, ascending, with their embeddings, part by part."""
        return vector_rows.vector_parts(self._connection, self._encoder)


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
            stored = self._held.get(record.name)
            if stored is None or not stored.serves(connection, record, kind):
                stored = self._held[record.name] = self._open(
                    connection, record, kind, open_encoder
                )
            index = stored.refresh(connection, record)
            if stored.is_worn:
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
            _log.warning("The index could not be rebuilt, so the old one remains in use: %s", error)

    def _folder(self, record: EncoderRecord) -> Path | None:
        return self._cache and self._cache / quote(record.name, safe="")


def _key(record: EncoderRecord) -> "IndexKey":
    from firs.index.files import IndexKey

    return IndexKey(record.name, record.fingerprint, record.revision)
