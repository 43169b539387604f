"""Preparation of an encoder's embeddings for storage in the database."""

import sqlite3
from collections.abc import Sequence

import numpy as np
from PIL import Image

from firs.encoders import Encoder
from firs.errors import EncoderError


def embed(encoder: Encoder, images: Sequence[Image.Image], dtype: str) -> list[bytes]:
    """Pictures → what the database keeps of their vectors.

    Raises:
        EncoderError: the encoder gives anything but unit vectors of its length.
    """
    if not images:
        return []
    vectors = encoder.encode_images(images)
    if vectors.shape != (len(images), encoder.dim):
        raise EncoderError(
            f"The encoder {encoder.name!r} gave vectors of shape {vectors.shape} for "
            f"{len(images)} images of {encoder.dim} dimensions; it is broken."
        )
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-2):  # NaN is not close either
        raise EncoderError(f"The encoder {encoder.name!r} gave vectors not of length 1.")
    return [row.tobytes() for row in vectors.astype(dtype)]


def enlist(connection: sqlite3.Connection, encoder: Encoder, dtype: str) -> tuple[int, str]:
    """Register an encoder if it is unknown; return its id and the dtype of its embeddings.

    An encoder without embeddings imposes no constraint and is removed.
    """
    connection.execute(
        "DELETE FROM encoder WHERE NOT EXISTS (SELECT 1 FROM vector WHERE encoder_id = encoder.id)"
    )
    connection.execute(
        "INSERT OR IGNORE INTO encoder (name, fingerprint, dim, dtype, revision) "
        "VALUES (?, ?, ?, ?, abs(random() % 1000000))",
        (encoder.name, encoder.fingerprint, encoder.dim, dtype),
    )
    key, kept = connection.execute(
        "SELECT id, dtype FROM encoder WHERE name = ?", (encoder.name,)
    ).fetchone()
    return int(key), str(kept)
