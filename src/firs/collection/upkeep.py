"""One index, and what has changed in the collection since it was built."""

import sqlite3
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.changes import changes_since, is_known
from firs.collection.records import EncoderRecord
from firs.storage import rows as vector_rows

if TYPE_CHECKING:
    from firs.index import Index, StoredIndex

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
