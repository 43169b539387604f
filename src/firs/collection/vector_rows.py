"""Vectors of one encoder, in parts or of some images; read in the caller's snapshot."""

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from firs.collection.chunks import chunks, marks

Ids = NDArray[np.int64]
StoredVectors = NDArray[np.float16] | NDArray[np.float32]

_PART = 10_000


def vector_shape(connection: sqlite3.Connection, encoder: str) -> tuple[int, str, int]:
    """Return the dimension of an encoder's embeddings, their dtype and their number."""
    row: tuple[int, str, int] = connection.execute(
        "SELECT dim, dtype, (SELECT count(*) FROM vector WHERE encoder_id = encoder.id) "
        "FROM encoder WHERE name = ?",
        (encoder,),
    ).fetchone()
    return row


def vector_parts(
    connection: sqlite3.Connection, encoder: str
) -> Iterator[tuple[Ids, StoredVectors]]:
    """Return the same as ``vectors`` in parts, so that memory has the data only once."""
    _, dtype, _ = vector_shape(connection, encoder)
    cursor = connection.execute(
        "SELECT image_id, data FROM vector JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? ORDER BY image_id",
        (encoder,),
    )
    while some := cursor.fetchmany(_PART):
        yield _matrix(some, dtype)


def some_vectors(
    connection: sqlite3.Connection, encoder: str, ids: Ids
) -> tuple[Ids, StoredVectors]:
    """Return the embeddings of the given images that have one, in the form of ``vectors``."""
    dim, dtype, _ = vector_shape(connection, encoder)
    found: list[tuple[int, bytes]] = []
    for some in chunks(np.unique(ids).tolist()):
        found += connection.execute(
            "SELECT image_id, data FROM vector JOIN encoder ON encoder.id = encoder_id "  # noqa: S608
            f"WHERE name = ? AND image_id IN ({marks(some)}) ORDER BY image_id",
            (encoder, *some),
        ).fetchall()
    if not found:
        return np.empty(0, dtype=np.int64), np.empty((0, dim), dtype=dtype)
    return _matrix(found, dtype)


def evenly_picked(connection: sqlite3.Connection, encoder: str, count: int) -> StoredVectors:
    """Return the embeddings of up to ``count`` evenly spaced images: ``(m, dim)``."""
    found = connection.execute(
        "SELECT image_id FROM vector JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? ORDER BY image_id",
        (encoder,),
    )
    ids = np.array([id_ for (id_,) in found], dtype=np.int64)
    return some_vectors(connection, encoder, ids[:: max(1, -(-len(ids) // count))])[1]


def _matrix(some: Sequence[tuple[int, bytes]], dtype: str) -> tuple[Ids, StoredVectors]:
    ids, data = zip(*some, strict=True)
    matrix = np.frombuffer(b"".join(data), dtype=dtype).reshape(len(ids), -1)
    return np.array(ids, dtype=np.int64), matrix
