"""Which kind of index answers searches, and with which texts it is tuned and checked."""

import json
import os
import sqlite3
from collections.abc import Mapping
from typing import Any

from firs.storage.records import EncoderRecord

EXACT = "exact"
LARGE = "ivf"
MOST_EXACT = 200_000
"""Entries up to which a search of all is fast enough."""

_CAPTIONS = 100


def kind_in_use(connection: sqlite3.Connection, record: EncoderRecord) -> str:
    """Return the index kind chosen for an encoder, if it still exists, or the kind by size."""
    from firs.index import INDEXES

    kind, _ = load_choice(connection, record.name)
    return (
        kind
        if kind and kind in INDEXES
        else kind_by_size(_vectors(connection, record.name), record.dim)
    )


def kind_by_size(count: int, dim: int) -> str:
    """Exact, unless that were slow, or took more than a quarter of the memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return EXACT if count <= MOST_EXACT and 2 * count * dim <= memory / 4 else LARGE


def load_choice(
    connection: sqlite3.Connection, encoder: str
) -> tuple[str | None, Mapping[str, Any] | None]:
    """Return the chosen index kind and its certificate, each None if there is none."""
    row = connection.execute(
        "SELECT kind, certificate FROM chosen_index WHERE encoder = ?", (encoder,)
    ).fetchone()
    kind, certificate = row or (None, None)
    return kind, certificate and json.loads(certificate)


def note_kind(connection: sqlite3.Connection, encoder: str, kind: str | None) -> None:
    """Store the chosen index kind; ``None`` lets the size decide."""
    connection.execute(
        "INSERT INTO chosen_index (encoder, kind) VALUES (?, ?) "
        "ON CONFLICT (encoder) DO UPDATE SET kind = excluded.kind",
        (encoder, kind),
    )


def note_certificate(
    connection: sqlite3.Connection, encoder: str, certificate: Mapping[str, Any]
) -> None:
    """Store the result of a check."""
    connection.execute(
        "INSERT INTO chosen_index (encoder, certificate) VALUES (?, ?) "
        "ON CONFLICT (encoder) DO UPDATE SET certificate = excluded.certificate",
        (encoder, json.dumps(certificate)),
    )


def texts_to_ask(connection: sqlite3.Connection, of: int) -> list[str]:
    """Return typical image descriptions and captions of the collection, in two halves.

    Args:
        connection: a reader's connection.
        of: 0 for the half that an index is tuned with, 1 for the half that it is checked with.
    """
    from firs.search.matrix import EVERYDAY

    (last,) = connection.execute("SELECT coalesce(max(id), 0) FROM caption").fetchone()
    step = 2 * max(1, last // (2 * _CAPTIONS))
    rows = connection.execute(
        "SELECT text FROM caption WHERE id % ? = ? ORDER BY id LIMIT ?",
        (step, of * step // 2, _CAPTIONS),
    )
    return [*EVERYDAY[of::2], *(text for (text,) in rows if text.strip())]


def _vectors(connection: sqlite3.Connection, encoder: str) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM vector WHERE encoder_id = (SELECT id FROM encoder WHERE name = ?)",
        (encoder,),
    ).fetchone()
    return int(count)
