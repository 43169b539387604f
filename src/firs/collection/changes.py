"""What has changed in an encoder's vectors since an earlier state of them."""

import sqlite3

import numpy as np

from firs.storage.rows import Ids


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
