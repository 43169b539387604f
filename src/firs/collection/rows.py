"""Rows of the database → records and vectors; every function reads in the caller's snapshot."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firs.collection.paths import Root
from firs.collection.records import EncoderInfo, EncoderRecord, ImageRecord, Problem

Ids = NDArray[np.int64]
StoredVectors = NDArray[np.float16] | NDArray[np.float32]

_AT_ONCE = 500
"""SQLite of old allows 999 values in one statement."""

_COLUMNS = "id, path, width, height, format, bytes, added_at, hash, mtime_ns"


def count(connection: sqlite3.Connection, table: str) -> int:
    """How many rows ``image``, ``caption``, ``problem`` … has."""
    (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(number)


def images(connection: sqlite3.Connection, root: Root, ids: Sequence[int]) -> list[ImageRecord]:
    """Records in the order of ``ids``, without those that do not exist."""
    found: dict[int, ImageRecord] = {}
    for some in _chunks(ids):
        marks = _marks(some)
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM image WHERE id IN ({marks})",  # noqa: S608
            some,
        ).fetchall()
        captions = _captions(connection, f"image_id IN ({marks})", some)
        found.update((row[0], _record(row, root, captions)) for row in rows)
    return [found[id_] for id_ in ids if id_ in found]


def images_after(connection: sqlite3.Connection, root: Root, after: int) -> list[ImageRecord]:
    """The next few records with ids above ``after``, in order; none at the end."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM image WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
        (after, _AT_ONCE),
    ).fetchall()
    last = rows[-1][0] if rows else after
    captions = _captions(connection, "image_id > ? AND image_id <= ?", (after, last))
    return [_record(row, root, captions) for row in rows]


def newest(connection: sqlite3.Connection, root: Root, start: int, size: int) -> list[ImageRecord]:
    """Some records, those that were added last first."""
    rows = connection.execute(
        "SELECT id FROM image ORDER BY id DESC LIMIT ? OFFSET ?", (size, start)
    ).fetchall()
    return images(connection, root, [id_ for (id_,) in rows])


def paths(connection: sqlite3.Connection, root: Root, ids: Sequence[int]) -> dict[int, Path]:
    """Where the images lie, by id."""
    found: dict[int, Path] = {}
    for some in _chunks(ids):
        rows = connection.execute(
            f"SELECT id, path FROM image WHERE id IN ({_marks(some)})",  # noqa: S608
            some,
        )
        found.update((id_, Path(root.absolute(noted))) for id_, noted in rows)
    return found


def problems(connection: sqlite3.Connection, root: Root) -> list[Problem]:
    """All problems, by path."""
    rows = connection.execute("SELECT path, reason FROM problem ORDER BY path")
    return [Problem(Path(root.absolute(noted)), reason) for noted, reason in rows]


def schema(connection: sqlite3.Connection) -> int:
    """Return the number of the schema."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def created_at(connection: sqlite3.Connection) -> datetime:
    """When the collection was made."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'created_at'").fetchone()
    return datetime.fromisoformat(row[0])


def encoders(connection: sqlite3.Connection) -> list[EncoderRecord]:
    """The encoders whose vectors are here."""
    rows = connection.execute(
        "SELECT name, fingerprint, dim, dtype, revision FROM encoder "
        "WHERE EXISTS (SELECT 1 FROM vector WHERE encoder_id = encoder.id) ORDER BY id"
    )
    return [EncoderRecord(*row) for row in rows]


def encoder_infos(connection: sqlite3.Connection) -> list[EncoderInfo]:
    """The same with their numbers of vectors, for which all must be counted."""
    rows = connection.execute(
        "SELECT name, fingerprint, dim, dtype, revision, count(*) FROM encoder "
        "JOIN vector ON encoder_id = encoder.id GROUP BY encoder.id ORDER BY encoder.id"
    )
    return [EncoderInfo(*row) for row in rows]


def vectors(connection: sqlite3.Connection, encoder: str) -> tuple[Ids, StoredVectors]:
    """All vectors of an encoder: ids int64 ``(n,)`` ascending, matrix ``(n, dim)`` as stored."""
    key, dim, dtype, total = connection.execute(
        "SELECT id, dim, dtype, (SELECT count(*) FROM vector WHERE encoder_id = encoder.id) "
        "FROM encoder WHERE name = ?",
        (encoder,),
    ).fetchone()
    ids = np.empty(total, dtype=np.int64)
    matrix = np.empty((total, dim), dtype=dtype)
    cursor = connection.execute(
        "SELECT image_id, data FROM vector WHERE encoder_id = ? ORDER BY image_id", (key,)
    )
    for start in range(0, total, 10_000):  # in steps, so that memory holds the data once
        some_ids, data = zip(*cursor.fetchmany(10_000), strict=True)
        part = slice(start, start + len(some_ids))
        ids[part] = some_ids
        matrix[part] = np.frombuffer(b"".join(data), dtype=dtype).reshape(-1, dim)
    return ids, matrix


def vector(connection: sqlite3.Connection, encoder: str, image_id: int) -> StoredVectors | None:
    """One image's vector ``(dim,)``, or None."""
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


def _captions(
    connection: sqlite3.Connection, where: str, values: Sequence[int]
) -> dict[int, list[str]]:
    told: dict[int, list[str]] = defaultdict(list)
    rows = connection.execute(
        f"SELECT image_id, text FROM caption WHERE {where} ORDER BY id",  # noqa: S608
        values,
    )
    for image_id, text in rows:
        told[image_id].append(text)
    return told


def _record(
    row: tuple[int, str | bytes, int, int, str, int, str, bytes, int],
    root: Root,
    captions: dict[int, list[str]],
) -> ImageRecord:
    id_, noted, width, height, format_, size, added_at, hash_, mtime_ns = row
    return ImageRecord(
        id=id_,
        path=Path(root.absolute(noted)),
        captions=tuple(captions.get(id_, ())),
        width=width,
        height=height,
        format=format_,
        bytes=size,
        added_at=datetime.fromisoformat(added_at),
        hash=hash_.hex(),
        mtime_ns=mtime_ns,
    )


def _chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield [int(id_) for id_ in ids[start : start + _AT_ONCE]]


def _marks(values: Sequence[int]) -> str:
    return ",".join("?" * len(values))
