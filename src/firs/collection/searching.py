"""A collection's images as a search needs them, in one snapshot of the database."""

import sqlite3
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.paths import Root
from firs.collection.records import EncoderRecord
from firs.errors import InputError
from firs.storage import rows

if TYPE_CHECKING:
    from firs.search import EmbeddingMatrix
    from firs.search.searcher import Vector


class Tables:
    """In-memory cache of all embeddings per encoder, reloaded when they have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[EncoderRecord, EmbeddingMatrix]] = {}

    def table(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "EmbeddingMatrix":
        """Return the embeddings in the connection's snapshot."""
        from firs.search import EmbeddingMatrix

        with self._lock:
            held, table = self._held.get(encoder.name, (None, None))
            if table is None or held != encoder:
                table = EmbeddingMatrix(*rows.vectors(connection, encoder.name))
                self._held[encoder.name] = encoder, table
            return table


@dataclass(frozen=True, slots=True)
class StoredImages:
    """The images of a collection, valid for the life of the snapshot.

    Args:
        connection: a reader's connection.
        root: the base folder of relative paths.
        encoder: the encoder that the embeddings come from.
        tables: the cache of all embeddings.
    """

    connection: sqlite3.Connection
    root: Root
    encoder: EncoderRecord
    tables: Tables

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Return the paths of some images, in the order of ``ids``."""
        places = rows.paths(self.connection, self.root, ids)
        return [places[id_] for id_ in ids]

    def vector(self, id_: int) -> "Vector":
        """Return the embedding of one image.

        Raises:
            InputError: there is no image with this id, or it has no embedding of this encoder.
        """
        vector = rows.vector(self.connection, self.encoder.name, id_)
        if vector is None:
            raise self._lacking(id_)
        return vector.astype(np.float32)

    def _lacking(self, id_: int) -> InputError:
        if not rows.paths(self.connection, self.root, [id_]):
            return InputError(f"There is no image with the id {id_} in the collection.")
        name = self.encoder.name
        return InputError(
            f"The image {id_} has no vector of {name!r}. Add it: firs index DIR --encoder {name}"
        )

    def matrix(self) -> "EmbeddingMatrix":
        """Return all embeddings."""
        return self.tables.table(self.connection, self.encoder)
