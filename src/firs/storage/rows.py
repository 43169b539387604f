"""Vectors of one encoder, in parts or of some images; read in the caller's snapshot."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder
from firs.errors import EncoderError
from firs.sources.paths import Root
from firs.storage.database import chunks, marks
from firs.storage.documents import PROBLEM, SQLiteDocuments
from firs.storage.records import EncoderInfo, EncoderRecord, ImageRecord, Info

if TYPE_CHECKING:
    from PIL import Image

if TYPE_CHECKING:
    from PIL import Image

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


def embed(encoder: Encoder, images: "Sequence[Image.Image]", dtype: str) -> list[bytes]:
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


_AT_ONCE = 500

_COLUMNS = "id, path, width, height, format, bytes, mtime_ns, added_at, hash"


def count(connection: sqlite3.Connection, table: str) -> int:
    """Return the number of rows in a table, such as ``image`` or ``caption``."""
    (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(number)


def images(connection: sqlite3.Connection, root: Root, ids: Sequence[int]) -> list[ImageRecord]:
    """Return records in the order of ``ids``; unknown ids are omitted."""
    found: dict[int, ImageRecord] = {}
    for some in chunks(map(int, ids)):
        listed = marks(some)
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM image WHERE id IN ({listed})",  # noqa: S608
            some,
        ).fetchall()
        extras = _load_extras(connection, f"image_id IN ({listed})", some)
        found.update((row[0], _record(row, root, extras)) for row in rows)
    return [found[id_] for id_ in ids if id_ in found]


def images_after(connection: sqlite3.Connection, root: Root, after: int) -> list[ImageRecord]:
    """Return the next few records with ids above ``after``, in order; none at the end."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM image WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
        (after, _AT_ONCE),
    ).fetchall()
    last = rows[-1][0] if rows else after
    extras = _load_extras(connection, "image_id > ? AND image_id <= ?", (after, last))
    return [_record(row, root, extras) for row in rows]


def newest(connection: sqlite3.Connection, root: Root, start: int, size: int) -> list[ImageRecord]:
    """Return some records, most recently added first."""
    rows = connection.execute(
        "SELECT id FROM image ORDER BY id DESC LIMIT ? OFFSET ?", (size, start)
    ).fetchall()
    return images(connection, root, [id_ for (id_,) in rows])


def paths(connection: sqlite3.Connection, root: Root, ids: Sequence[int]) -> dict[int, Path]:
    """Return the paths of the images, by id."""
    found: dict[int, Path] = {}
    for some in chunks(map(int, ids)):
        rows = connection.execute(
            f"SELECT id, path FROM image WHERE id IN ({marks(some)})",  # noqa: S608
            some,
        )
        found.update((id_, Path(root.absolute(noted))) for id_, noted in rows)
    return found


def ids(connection: sqlite3.Connection, root: Root, paths: Sequence[str]) -> dict[str, int]:
    """Return the images at some absolute paths: path → id."""
    noted = {root.to_stored_path(path): path for path in paths}
    rows = (
        connection.execute("SELECT path, id FROM image WHERE path = ?", (each,)).fetchone()
        for each in noted
    )
    return {noted[row[0]]: row[1] for row in rows if row is not None}


def hashes(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the hash of each image's content, by id."""
    found: dict[int, bytes] = {}
    for some in chunks(map(int, ids)):
        rows = connection.execute(
            f"SELECT id, hash FROM image WHERE id IN ({marks(some)})",  # noqa: S608
            some,
        )
        found.update(rows.fetchall())
    return found


def info(connection: sqlite3.Connection, folder: Path) -> Info:
    """Return a summary of a collection and the size of its folder on disk."""
    (created_at,) = connection.execute("SELECT value FROM meta WHERE key = 'created_at'").fetchone()
    return Info(
        path=folder,
        images=count(connection, "image"),
        captions=count(connection, "caption"),
        problems=SQLiteDocuments.within(connection).count(PROBLEM),
        encoders=tuple(_encoder_infos(connection)),
        bytes=_bytes_below(folder),
        schema=int(connection.execute("PRAGMA user_version").fetchone()[0]),
        created_at=datetime.fromisoformat(created_at),
    )


def encoders(connection: sqlite3.Connection) -> list[EncoderRecord]:
    """Return the encoders with stored embeddings."""
    rows = connection.execute(
        "SELECT name, fingerprint, dim, dtype, revision FROM encoder "
        "WHERE EXISTS (SELECT 1 FROM vector WHERE encoder_id = encoder.id) ORDER BY id"
    )
    return [EncoderRecord(*row) for row in rows]


def _encoder_infos(connection: sqlite3.Connection) -> list[EncoderInfo]:
    """Return the encoders with their numbers of embeddings, which requires a full count."""
    rows = connection.execute(
        "SELECT name, fingerprint, dim, dtype, revision, count(*) FROM encoder "
        "JOIN vector ON encoder_id = encoder.id GROUP BY encoder.id ORDER BY encoder.id"
    )
    return [EncoderInfo(*row) for row in rows]


def vectors(connection: sqlite3.Connection, encoder: str) -> tuple[Ids, StoredVectors]:
    """Return all embeddings of an encoder: ids int64 ``(n,)`` ascending, matrix ``(n, dim)``."""
    dim, dtype, total = vector_shape(connection, encoder)
    ids = np.empty(total, dtype=np.int64)
    matrix = np.empty((total, dim), dtype=dtype)
    done = 0
    for some_ids, some in vector_parts(connection, encoder):
        part = slice(done, done + len(some_ids))
        ids[part], matrix[part] = some_ids, some
        done = part.stop
    return ids, matrix


def vector(connection: sqlite3.Connection, encoder: str, image_id: int) -> StoredVectors | None:
    """Return one image's embedding ``(dim,)``, or None."""
    row = connection.execute(
        "SELECT data, dtype FROM vector JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? AND image_id = ?",
        (encoder, image_id),
    ).fetchone()
    return None if row is None else np.frombuffer(row[0], dtype=row[1])


def forget(connection: sqlite3.Connection, encoder: str) -> int:
    """Remove an encoder and its vectors, inside the caller's transaction; return how many."""
    (key,) = connection.execute("SELECT id FROM encoder WHERE name = ?", (encoder,)).fetchone()
    removed = connection.execute("DELETE FROM vector WHERE encoder_id = ?", (key,)).rowcount
    connection.execute("DELETE FROM encoder WHERE id = ?", (key,))
    return removed


class _ImageExtras(NamedTuple):
    """Data of images outside their own rows: image id → captions, and tags."""

    captions: dict[int, list[str]]
    tags: dict[int, list[str]]


def _load_extras(connection: sqlite3.Connection, where: str, values: Sequence[int]) -> _ImageExtras:
    extras = _ImageExtras(defaultdict(list), defaultdict(list))
    for texts, column, table, order in (
        (extras.captions, "text", "caption", "id"),
        (extras.tags, "name", "tag", "name"),
    ):
        rows = connection.execute(
            f"SELECT image_id, {column} FROM {table} WHERE {where} ORDER BY {order}",  # noqa: S608
            values,
        )
        for image_id, text in rows:
            texts[image_id].append(text)
    return extras


def _record(
    row: tuple[int, str | bytes, int, int, str, int, int, str, bytes],
    root: Root,
    extras: _ImageExtras,
) -> ImageRecord:
    id_, noted, width, height, format_, size, mtime_ns, added_at, hash_ = row
    return ImageRecord(
        id=id_,
        path=Path(root.absolute(noted)),
        captions=tuple(extras.captions.get(id_, ())),
        width=width,
        height=height,
        format=format_,
        bytes=size,
        modified_at=datetime.fromtimestamp(mtime_ns / 1e9, UTC),
        added_at=datetime.fromisoformat(added_at),
        hash=hash_.hex(),
        mtime_ns=mtime_ns,
        tags=tuple(extras.tags.get(id_, ())),
    )


def _bytes_below(folder: Path) -> int:
    total = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):  # SQLite's log may go at any moment
            total += file.stat().st_size if file.is_file() else 0
    return total


def add_tags(connection: sqlite3.Connection, ids: Sequence[int], tags: Sequence[str]) -> int:
    """Tag images inside the caller's transaction; return how many tags are new to their images."""
    before = _count_tags(connection)
    connection.executemany(
        "INSERT OR IGNORE INTO tag (image_id, name) VALUES (?, ?)", _tag_pairs(ids, tags)
    )
    return _count_tags(connection) - before


def remove_tags(connection: sqlite3.Connection, ids: Sequence[int], tags: Sequence[str]) -> int:
    """Remove tags inside the caller's transaction; return the number of removed tags."""
    before = _count_tags(connection)
    connection.executemany("DELETE FROM tag WHERE image_id = ? AND name = ?", _tag_pairs(ids, tags))
    return before - _count_tags(connection)


def tag_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of images per tag, in the order of the tags."""
    found = connection.execute("SELECT name, count(*) FROM tag GROUP BY name ORDER BY name")
    return dict(found.fetchall())


def _tag_pairs(ids: Sequence[int], tags: Sequence[str]) -> Iterator[tuple[int, str]]:
    return ((id_, tag) for id_ in ids for tag in tags)


def _count_tags(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM tag").fetchone()[0])
