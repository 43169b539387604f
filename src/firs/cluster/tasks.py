"""Code that runs on the workers: tasks read and decode files, actors embed images.

Batches are Arrow tables. A file that cannot be read is a row with its problem, so that it does not
fail others; an encoder that cannot be used is a row with the failure, so that the reason is
reported.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

from firs.encoders import Encoder, open_encoder
from firs.errors import EncoderMismatch, FirsError
from firs.indexing.reading import Decoded, hash_file, read_file
from firs.storage.rows import embed

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EncoderSpec:
    """The name of the encoder that the actors load, and the storage dtype of embeddings."""

    name: str
    fingerprint: str
    image_size: int
    dtype: str


def hash_rows(paths: "pa.Table") -> "pa.Table":
    """Return a row per path, with the hash of its content."""
    return _table([_row(hash_file(path)) for path in _paths(paths)], _report_fields())


def read_rows(paths: "pa.Table", at_least: int) -> "pa.Table":
    """Return a row per path, with the hash and the pixels of its content."""
    rows = [_with_pixels(read_file(path, at_least)) for path in _paths(paths)]
    return _table(rows, [*_report_fields(), *_pixels()])


class Embed:
    """Actor that embeds images; it opens the encoder at the first batch."""

    def __init__(self, spec: EncoderSpec) -> None:
        self._spec = spec
        self._encoder: Encoder | None = None

    def __call__(self, rows: "pa.Table") -> "pa.Table":
        """Replace the pixels of rows by embeddings, or return the failure of the encoder."""
        every = rows.to_pylist()
        decoded = [row for row in every if row["pixels"] is not None]
        try:
            vectors = embed(self._open(), [_image(row) for row in decoded], self._spec.dtype)
        except Exception as error:  # an encoder is any code; the reason is reported
            return _table([_error_row(error)], [*_report_fields(), *_embedding_fields()])
        for row, vector in zip(decoded, vectors, strict=True):
            row["vector"] = vector
        return _table(every, [*_report_fields(), *_embedding_fields()])

    def _open(self) -> Encoder:
        if self._encoder is None:
            encoder = open_encoder(self._spec.name)
            if encoder.fingerprint != self._spec.fingerprint:
                raise EncoderMismatch(
                    f"A worker has other weights of {encoder.name!r} "
                    f"({encoder.fingerprint[:12]}; here they are {self._spec.fingerprint[:12]}). "
                    "Install the same QT-FIRS and the same encoder files on all machines."
                )
            self._encoder = encoder
        return self._encoder


def _paths(table: "pa.Table") -> list[str]:
    return [os.fsdecode(path) for path in table["path"].to_pylist()]


def _row(each: Decoded) -> Row:
    file = each.file
    return {
        "path": os.fsencode(file.path),
        "bytes": file.bytes,
        "mtime_ns": file.mtime_ns,
        "hash": each.hash,
        "problem": each.problem,
    }


def _with_pixels(each: Decoded) -> Row:
    row, picture = _row(each), each.picture
    if picture is None:
        return row
    across, down = picture.image.size
    shape = {"width": picture.width, "height": picture.height, "format": picture.format}
    return row | shape | {"pixels": picture.image.tobytes(), "across": across, "down": down}


def _image(row: Row) -> Image.Image:
    return Image.frombytes("RGB", (row["across"], row["down"]), row["pixels"])


def _error_row(error: Exception) -> Row:
    reason = str(error) if isinstance(error, FirsError) else f"{type(error).__name__}: {error}"
    return {"path": b"", "failure": reason, "is_mismatch": isinstance(error, EncoderMismatch)}


def _table(rows: Sequence[Row], fields: "list[pa.Field]") -> "pa.Table":
    import pyarrow as pa

    return pa.Table.from_pylist(list(rows), schema=pa.schema(fields))


def _report_fields() -> "list[pa.Field]":
    import pyarrow as pa

    return [
        pa.field("path", pa.binary()),
        pa.field("bytes", pa.int64()),
        pa.field("mtime_ns", pa.int64()),
        pa.field("hash", pa.binary()),
        pa.field("problem", pa.string()),
    ]


def _shape() -> "list[pa.Field]":
    import pyarrow as pa

    return [
        pa.field("width", pa.int32()),
        pa.field("height", pa.int32()),
        pa.field("format", pa.string()),
    ]


def _pixels() -> "list[pa.Field]":
    import pyarrow as pa

    sides = [pa.field("across", pa.int32()), pa.field("down", pa.int32())]
    return [*_shape(), pa.field("pixels", pa.large_binary()), *sides]


def _embedding_fields() -> "list[pa.Field]":
    import pyarrow as pa

    failure = [pa.field("failure", pa.string()), pa.field("is_mismatch", pa.bool_())]
    return [*_shape(), pa.field("vector", pa.binary()), *failure]
