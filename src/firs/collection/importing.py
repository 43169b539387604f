"""Import of embeddings computed elsewhere for images of the collection."""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.collection import rows
from firs.collection.embedding import enlist
from firs.collection.paths import Root, real
from firs.collection.records import EncoderRecord
from firs.collection.walk import File
from firs.collection.writing import Content, now
from firs.encoders import Encoder, Vectors
from firs.errors import EncoderError, EncoderMismatch, InputError

Vector: TypeAlias = NDArray[Any]

NO_FORMAT = "none"
"""The format of an image without a file."""


@dataclass(frozen=True, slots=True)
class NamedEncoder:
    """An encoder known only by its name and the dimension of its embeddings.

    Its images can be found by images. For text queries, pass an encoder of this name and the
    fingerprint ``imported``: ``Collection(path, encoder=yours)``.
    """

    name: str
    dim: int
    image_size: int = 1
    fingerprint: str = "imported"

    def encode_texts(self, texts: Sequence[str]) -> Vectors:  # noqa: ARG002
        """Raise an error: there is nothing that encodes."""
        raise self._absent()

    def encode_images(self, images: Sequence[Image.Image]) -> Vectors:  # noqa: ARG002
        """Raise an error: there is nothing that encodes."""
        raise self._absent()

    def _absent(self) -> EncoderError:
        return EncoderError(
            f"There is no encoder {self.name!r} that could encode anything; only its vectors were "
            "imported. Name the encoder that made them: --encoder"
        )


def put_vectors(
    connection: sqlite3.Connection,
    root: Root,
    encoder: Encoder,
    given: Mapping[Path, Vector],
    dtype: str,
    *,
    add_missing: bool = False,
) -> int:
    """Write inside the caller's transaction; see ``Collection.put_vectors``."""
    refuse_other_weights(rows.encoders(connection), encoder)
    checked = unit_vectors(given, encoder)
    encoder_id, kept = enlist(connection, encoder, dtype)
    found = rows.ids(connection, root, list(checked))
    if add_missing:
        found |= _insert(connection, root, [path for path in checked if path not in found])
    connection.executemany(
        "INSERT OR REPLACE INTO vector (image_id, encoder_id, data) VALUES (?, ?, ?)",
        [(id_, encoder_id, checked[path].astype(kept).tobytes()) for path, id_ in found.items()],
    )
    return len(found)


def imported(path: str) -> tuple[File, Content]:
    """Return the stored file and content of an image that has only an embedding.

    Its content is its path, so that it is no copy of any other; its size is one pixel.
    """
    hash_ = hashlib.blake2b(b"imported\0" + os.fsencode(path), digest_size=16).digest()
    return File(path, 0, 0), Content(hash_, 1, 1, NO_FORMAT, b"")


def _insert(connection: sqlite3.Connection, root: Root, paths: Sequence[str]) -> dict[str, int]:
    """Add images without files; return their ids by path."""
    new = [(root.to_stored_path(path), *_columns(imported(path)[1])) for path in paths]
    connection.executemany(
        "INSERT INTO image (path, hash, bytes, mtime_ns, width, height, format, added_at) "
        "VALUES (?, ?, 0, 0, ?, ?, ?, ?)",
        new,
    )
    return rows.ids(connection, root, paths)


def _columns(content: Content) -> tuple[bytes, int, int, str, str]:
    return content.hash, content.width, content.height, content.format, now()


def refuse_other_weights(held: Iterable[EncoderRecord], encoder: Encoder) -> None:
    """Check that embeddings of an encoder are compatible with the stored ones.

    Raises:
        EncoderMismatch: there are embeddings of other weights of it.
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
