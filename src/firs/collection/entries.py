"""The vectors of one encoder as an index is made of them, read in parts."""

import sqlite3
from collections.abc import Iterator

from firs.storage import rows as vector_rows


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
        """Length of every vector."""
        return self._dim

    def __len__(self) -> int:
        """Return the number of images with an embedding."""
        return self._count

    def parts(self) -> Iterator[tuple[vector_rows.Ids, vector_rows.StoredVectors]]:
        """Yield ids, ascending, with their embeddings, part by part."""
        return vector_rows.vector_parts(self._connection, self._encoder)
