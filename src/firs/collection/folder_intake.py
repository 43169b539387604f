"""One run of adding to a collection in a folder, inside the writer's lock."""

import sqlite3
from collections import defaultdict
from contextlib import AbstractContextManager

from firs.collection.encoding import EncoderInUse
from firs.collection.paths import Root
from firs.indexing.catalogue import Catalogue
from firs.storage import rows
from firs.storage.database import transaction
from firs.storage.rows import enlist
from firs.storage.writing import Writer


class SQLiteIngestSession:
    """Ingest session in SQLite; see ``firs.indexing.ingest_session``.

    Args:
        connection: the writer's connection.
        root: the base folder of relative paths.
        encoder: the encoder that computes the embeddings.
        dtype: the storage dtype of the embeddings, where there are none yet.

    Raises:
        EncoderMismatch: the stored embeddings come from other weights.
        EncoderError: the encoder's files are absent or damaged.
    """

    def __init__(
        self, connection: sqlite3.Connection, root: Root, encoder: EncoderInUse, dtype: str
    ) -> None:
        self._connection = connection
        self._root = root
        self.encoder = encoder.open(rows.encoders(connection))
        with self.transaction():
            self._encoder_id, self.dtype = enlist(connection, self.encoder, dtype)
        self.catalogue = Catalogue.read(connection, root)
        self.writer = Writer(connection, root, self._encoder_id, self.catalogue)

    def transaction(self) -> AbstractContextManager[None]:
        """Open a transaction: all changes are committed at its end, or none."""
        return transaction(self._connection)

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images without a vector of this encoder: content's hash → ids and paths."""
        rows = self._connection.execute(
            "SELECT hash, id, path FROM image WHERE NOT EXISTS (SELECT 1 FROM vector "
            "WHERE image_id = image.id AND encoder_id = ?) ORDER BY id",
            (self._encoder_id,),
        )
        found: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
        for hash_, id_, noted in rows:
            found[hash_].append((id_, self._root.absolute(noted)))
        return found
