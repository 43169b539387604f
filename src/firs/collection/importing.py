"""Vectors made elsewhere, put beside the images that the collection knows."""

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.collection import rows
from firs.collection.embedding import enlist
from firs.collection.paths import Root, real
from firs.collection.records import EncoderRecord
from firs.encoders import Encoder
from firs.errors import EncoderMismatch, InputError

Vector: TypeAlias = NDArray[Any]


def put_vectors(
    connection: sqlite3.Connection,
    root: Root,
    encoder: Encoder,
    given: Mapping[Path, Vector],
    dtype: str,
) -> int:
    """Write inside the caller's transaction; see ``Collection.put_vectors``."""
    refuse_other_weights(rows.encoders(connection), encoder)
    checked = unit_vectors(given, encoder)
    encoder_id, kept = enlist(connection, encoder, dtype)
    ids = connection.execute("SELECT id, path FROM image").fetchall()
    found = [(id_, path) for id_, noted in ids if (path := root.absolute(noted)) in checked]
    connection.executemany(
        "INSERT OR REPLACE INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
        [(id_, encoder_id, checked[path].astype(kept).tobytes()) for id_, path in found],
    )
    return len(found)


def refuse_other_weights(held: Iterable[EncoderRecord], encoder: Encoder) -> None:
    """Make sure that vectors of an encoder may stand beside those that are held.

    Raises:
        EncoderMismatch: there are vectors of other weights of it.
    """
    for record in held:
        if record.name == encoder.name and record.fingerprint != encoder.fingerprint:
            raise EncoderMismatch(
                f"The collection has vectors of other weights of {encoder.name!r}. Remove them "
                f"first: firs encoders --remove {encoder.name}"
            )


def unit_vectors(given: Mapping[Path, Vector], encoder: Encoder) -> dict[str, NDArray[np.float32]]:
    """Real path → vector of length 1.

    Raises:
        InputError: a vector has not the encoder's ``dim`` or is not finite.
    """
    return {real(path): _unit(path, vector, encoder) for path, vector in given.items()}


def _unit(path: Path, vector: Vector, encoder: Encoder) -> NDArray[np.float32]:
    row = np.asarray(vector, np.float32)
    length = float(np.linalg.norm(row))
    if row.shape != (encoder.dim,) or not np.isfinite(length) or not length:
        raise InputError(
            f"The vector of {path} is no vector of {encoder.name}: {encoder.dim} finite numbers, "
            f"not all zero, are wanted, not {'×'.join(map(str, row.shape)) or 'one'}."
        )
    unit: NDArray[np.float32] = row / np.float32(length)
    return unit
