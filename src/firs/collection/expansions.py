"""Text entries and moves of images, as stored in the database."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

if TYPE_CHECKING:
    from firs.expansion.moves import Move

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


def write_entries(
    connection: sqlite3.Connection,
    encoder: str,
    kind: str,
    settings: dict[str, Any],
    texts: NDArray[np.float16],
    entries: Iterable[Entry],
) -> int:
    """Store text entries, inside the caller's transaction; return the id of the step."""
    id_ = _begin(connection, encoder, kind, settings, texts)
    connection.executemany(
        "INSERT INTO entry (expansion_id, image_id, text, source, data) "
        "SELECT ?, id, ?, ?, ? FROM image WHERE id = ?",  # it may be gone by now
        [(id_, each.text, each.source, each.data.tobytes(), each.image) for each in entries],
    )
    return id_


def write_moves(
    connection: sqlite3.Connection,
    encoder: str,
    settings: dict[str, Any],
    moves: Iterable[tuple[int, Sequence[str], "Move"]],
) -> int:
    """Store moves of images, inside the caller's transaction; return the id of the step."""
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


def records(connection: sqlite3.Connection) -> list[ExpansionRecord]:
    """Return all expansion steps, newest first."""
    rows = connection.execute(
        "SELECT expansion.id, kind, encoder.name, settings, made_at,"
        " (SELECT count(DISTINCT image_id) FROM entry WHERE expansion_id = expansion.id)"
        " + (SELECT count(*) FROM move WHERE expansion_id = expansion.id),"
        " (SELECT count(*) FROM entry WHERE expansion_id = expansion.id)"
        " + (SELECT coalesce(sum(json_array_length(move.texts)), 0) FROM move"
        "    WHERE expansion_id = expansion.id)"
        " FROM expansion JOIN encoder ON encoder.id = encoder_id ORDER BY expansion.id DESC"
    ).fetchall()
    return [
        ExpansionRecord(
            id_, kind, encoder, images, texts, json.loads(settings), datetime.fromisoformat(made)
        )
        for id_, kind, encoder, settings, made, images, texts in rows
    ]


def expansions_of(connection: sqlite3.Connection, image: int) -> list[ImageExpansion]:
    """Return the expansions of an image, oldest first.

    Raises:
        InputError: there is none with this id.
    """
    if not connection.execute("SELECT 1 FROM image WHERE id = ?", (image,)).fetchone():
        raise InputError(f"There is no image with the id {image} in the collection.")
    entries = connection.execute(
        "SELECT expansion_id, kind, text, source FROM entry"
        " JOIN expansion ON expansion.id = expansion_id WHERE image_id = ? ORDER BY entry.id",
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


def forget(connection: sqlite3.Connection, id_: int) -> bool:
    """Take an act back, inside the caller's transaction; false if there is none of this number."""
    return bool(connection.execute("DELETE FROM expansion WHERE id = ?", (id_,)).rowcount)


def text_entries(connection: sqlite3.Connection, encoder: str) -> list[tuple[int, str, bytes]]:
    """Return the text entries of images: image, text and its embedding, float16."""
    return connection.execute(
        f"SELECT image_id, text, data FROM entry {OF}",  # noqa: S608
        (encoder,),
    ).fetchall()


def query_moves(connection: sqlite3.Connection, encoder: str) -> list[tuple[int, str]]:
    """Return the moved images and the queries that they were moved towards."""
    return connection.execute(
        f"SELECT image_id, text.value FROM move {JOINED}, json_each(move.texts) AS text "  # noqa: S608
        "WHERE encoder.name = ?",
        (encoder,),
    ).fetchall()


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
