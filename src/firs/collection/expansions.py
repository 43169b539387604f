"""Text entries and moves of images: stored in the database, and cached for searches."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.storage.database import Database
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.collection.store import Moving
    from firs.expansion import Captions, Expansion, Moves
    from firs.expansion.captions import Balance
    from firs.expansion.moves import Move
    from firs.search import EmbeddingMatrix

CAPTIONS, QUERIES, MOVES = KINDS = "captions", "queries", "moves"


@dataclass(frozen=True, slots=True)
class ExpansionRecord:
    """One expansion step, which can be undone.

    Args:
        id: the id to undo it by.
        kind: ``captions`` or ``queries`` for text entries; ``moves`` for moves of images.
        encoder: the encoder that it applies to.
        images: the number of images; lower if some were removed since.
        texts: the number of text entries, or of texts that images were moved towards.
        settings: the options of the request.
        made_at: when it was made.
    """

    id: int
    kind: str
    encoder: str
    images: int
    texts: int
    settings: dict[str, Any]
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ImageExpansion:
    """One expansion of an image.

    Args:
        expansion: the id of the expansion step that added it.
        kind: the kind of that step.
        text: a caption, or a query that it was accepted for.
        source: where the text comes from: a file's name, ``query``, or its author.
        degrees: the angle by which the image was moved; 0 for a text entry.
    """

    expansion: int
    kind: str
    text: str
    source: str
    degrees: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A text that joins; ``data`` is float16 ``(dim,)``."""

    image: int
    text: str
    source: str
    data: NDArray[np.float16]


JOINED = "JOIN expansion ON expansion.id = expansion_id JOIN encoder ON encoder.id = encoder_id"
OF = f"{JOINED} WHERE encoder.name = ?"


def _begin(
    connection: sqlite3.Connection,
    encoder: str,
    kind: str,
    settings: dict[str, Any],
    texts: NDArray[np.float16],
) -> int:
    cursor = connection.execute(
        "INSERT INTO expansion (encoder_id, kind, settings, texts, made_at) "
        "SELECT id, ?, ?, ?, ? FROM encoder WHERE name = ?",
        (
            kind,
            json.dumps(settings),
            texts.tobytes(),
            datetime.now(UTC).isoformat(timespec="seconds"),
            encoder,
        ),
    )
    return int(cursor.lastrowid or 0)


def move_of(data: bytes, floor: float) -> "Move":
    """Decode a stored move."""
    from firs.expansion.moves import Move

    return Move(np.frombuffer(data, np.float32), floor)


class StoredExpansions:
    """Text entries and moves of images in the database; see ``firs.collection.store``.

    Args:
        database: the database of the collection.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def records(self) -> list[ExpansionRecord]:
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT expansion.id, kind, encoder.name, settings, made_at,"
                " (SELECT count(DISTINCT image_id) FROM entry WHERE expansion_id = expansion.id)"
                " + (SELECT count(*) FROM move WHERE expansion_id = expansion.id),"
                " (SELECT count(*) FROM entry WHERE expansion_id = expansion.id)"
                " + (SELECT coalesce(sum(json_array_length(move.texts)), 0) FROM move"
                "    WHERE expansion_id = expansion.id)"
                " FROM expansion JOIN encoder ON encoder.id = encoder_id"
                " ORDER BY expansion.id DESC"
            ).fetchall()
        return [
            ExpansionRecord(
                id_, kind, encoder, images, texts, json.loads(settings), datetime.fromisoformat(at)
            )
            for id_, kind, encoder, settings, at, images, texts in rows
        ]

    def expansions_of(self, image: int) -> list[ImageExpansion]:
        with self._database.reading() as connection:
            if not connection.execute("SELECT 1 FROM image WHERE id = ?", (image,)).fetchone():
                raise InputError(f"There is no image with the id {image} in the collection.")
            entries = connection.execute(
                "SELECT expansion_id, kind, text, source FROM entry JOIN expansion"
                " ON expansion.id = expansion_id WHERE image_id = ? ORDER BY entry.id",
                (image,),
            ).fetchall()
            moves = connection.execute(
                "SELECT expansion_id, texts, data, floor FROM move WHERE image_id = ?"
                " ORDER BY expansion_id",
                (image,),
            ).fetchall()
        return [ImageExpansion(*entry) for entry in entries] + [
            ImageExpansion(id_, MOVES, text, "query", move_of(data, floor).degrees)
            for id_, texts, data, floor in moves
            for text in json.loads(texts)
        ]

    def forget(self, id_: int) -> bool:
        with self._database.short_write() as connection:
            return bool(connection.execute("DELETE FROM expansion WHERE id = ?", (id_,)).rowcount)

    def write_entries(
        self,
        encoder: str,
        kind: str,
        settings: dict[str, Any],
        texts: NDArray[np.float16],
        entries: Iterable[Entry],
    ) -> int:
        with self._database.short_write() as connection:
            id_ = _begin(connection, encoder, kind, settings, texts)
            connection.executemany(
                "INSERT INTO entry (expansion_id, image_id, text, source, data) "
                "SELECT ?, id, ?, ?, ? FROM image WHERE id = ?",  # it may be gone by now
                [
                    (id_, each.text, each.source, each.data.tobytes(), each.image)
                    for each in entries
                ],
            )
        return id_

    def write_moves(self, encoder: str, settings: dict[str, Any], moves: "Iterable[Moving]") -> int:
        with self._database.short_write() as connection:
            id_ = _begin(connection, encoder, MOVES, settings, np.empty(0, np.float16))
            connection.executemany(
                "INSERT INTO move (expansion_id, image_id, texts, data, floor) "
                "SELECT ?, id, ?, ?, ? FROM image WHERE id = ?",
                [
                    (id_, json.dumps(list(texts)), move.shift.tobytes(), move.floor, image)
                    for image, texts, move in moves
                ],
            )
        return id_

    def captions(self, source: str | None) -> list[tuple[int, str, str]]:
        return self._select(
            "SELECT image_id, text, source FROM caption WHERE source = ? OR ? ORDER BY id",
            source,
            source is None,
        )

    def text_entries(self, encoder: str) -> list[tuple[int, str, bytes]]:
        return self._select(f"SELECT image_id, text, data FROM entry {OF}", encoder)  # noqa: S608

    def query_moves(self, encoder: str) -> list[tuple[int, str]]:
        return self._select(
            f"SELECT image_id, text.value FROM move {JOINED}, json_each(move.texts) AS text "  # noqa: S608
            "WHERE encoder.name = ?",
            encoder,
        )

    def _select(self, query: str, *values: object) -> list[Any]:
        with self._database.reading() as connection:
            return connection.execute(query, values).fetchall()


class CachedExpansion:
    """In-memory cache of each encoder's expansion, reloaded when it has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[tuple[EncoderRecord, int], Expansion | None]] = {}

    def get(
        self,
        connection: sqlite3.Connection,
        encoder: EncoderRecord,
        table_of: "Callable[[], EmbeddingMatrix]",
    ) -> "Expansion | None":
        """Return the encoder's expansion in the connection's snapshot, if there is one.

        ``table_of`` returns the image embeddings; it is called only if there is an expansion.
        """
        if not _is_expanded(connection, encoder.name):
            return None
        key = encoder, _revision(connection)
        with self._lock:
            known, expansion = self._held.get(encoder.name, (None, None))
            if known != key:
                expansion = read(connection, encoder.name, table_of(), f"{key[1]:x}")
                self._held[encoder.name] = key, expansion
            return expansion


def read(
    connection: sqlite3.Connection, encoder: str, table: "EmbeddingMatrix", mark: str
) -> "Expansion | None":
    """Return the expansion of images with an embedding; None if it is empty."""
    from firs.expansion import Expansion

    captions, texts = _captions(connection, encoder, table)
    moves, queries = _moves(connection, encoder, table)
    if captions is None and moves is None:
        return None
    return Expansion(mark, captions, texts.__getitem__, moves, queries.__getitem__)


def _is_expanded(connection: sqlite3.Connection, encoder: str) -> bool:
    found = connection.execute(
        "SELECT 1 FROM expansion JOIN encoder ON encoder.id = encoder_id WHERE name = ?", (encoder,)
    ).fetchone()
    return found is not None


def _revision(connection: sqlite3.Connection) -> int:
    (revision,) = connection.execute("SELECT revision FROM expanded").fetchone()
    return int(revision)


def _captions(
    connection: sqlite3.Connection, encoder: str, table: "EmbeddingMatrix"
) -> "tuple[Captions | None, list[str]]":
    from firs.expansion import Captions

    rows = connection.execute(
        f"SELECT image_id, text, data FROM entry {OF} ORDER BY image_id, entry.id",  # noqa: S608
        (encoder,),
    ).fetchall()
    known = set(table.filter_known([image for image, _, _ in rows]))
    rows = [row for row in rows if row[0] in known]
    if not rows:
        return None, []
    vectors = np.frombuffer(b"".join(row[2] for row in rows), np.float16).reshape(len(rows), -1)
    owners = table.positions(np.array([row[0] for row in rows], dtype=np.int64))
    reference, balance = _scale(connection, encoder, table.dim)
    captions = Captions(vectors.astype(np.float32), owners, reference, balance)
    return captions, [row[1] for row in rows]


def _scale(
    connection: sqlite3.Connection, encoder: str, dim: int
) -> "tuple[NDArray[np.float32], Balance]":
    """Return the everyday texts, float32 ``(r, dim)``, and the newest expansion's balance."""
    from firs.expansion.captions import Balance

    texts, settings = connection.execute(
        "SELECT texts, settings FROM expansion JOIN encoder ON encoder.id = encoder_id "
        "WHERE name = ? AND kind <> ? ORDER BY expansion.id DESC LIMIT 1",
        (encoder, MOVES),
    ).fetchone()
    reference = np.frombuffer(texts, np.float16).reshape(-1, dim).astype(np.float32)
    return reference, Balance(**json.loads(settings)["balance"])


def _moves(
    connection: sqlite3.Connection, encoder: str, table: "EmbeddingMatrix"
) -> "tuple[Moves | None, list[tuple[str, ...]]]":
    from firs.expansion import Moves
    from firs.expansion.moves import together

    found: dict[int, list[tuple[list[str], Move]]] = defaultdict(list)
    for image, texts, data, floor in connection.execute(
        f"SELECT image_id, move.texts, data, floor FROM move {OF} "  # noqa: S608
        "ORDER BY image_id, expansion_id",
        (encoder,),
    ):
        found[image].append((json.loads(texts), move_of(data, floor)))
    images = table.filter_known(list(found))
    if not images:
        return None, []
    moves = [together([move for _, move in found[image]]) for image in images]
    queries = [tuple(text for texts, _ in found[image] for text in texts) for image in images]
    return Moves(table.positions(np.array(images, dtype=np.int64)), moves), queries
