"""What an encoder's scores are expanded by, read when it has changed."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.collection.expansions import MOVES, OF, move_of
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.expansion import Captions, Expansion, Moves
    from firs.expansion.captions import Balance
    from firs.expansion.moves import Move
    from firs.search import EmbeddingMatrix


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
    told = np.frombuffer(texts, np.float16).reshape(-1, dim).astype(np.float32)
    return told, Balance(**json.loads(settings)["balance"])


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
