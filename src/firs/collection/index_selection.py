"""Which kind of index answers searches, and with which texts it is tuned and checked."""

import os
import sqlite3

from firs.storage.documents import SQLiteDocuments
from firs.storage.records import EncoderRecord

CHOSEN, CERTIFICATE = "index", "certificate"
"""Kinds of documents: the chosen index of an encoder, and the result of its last check."""

EXACT = "exact"
LARGE = "ivf"
MOST_EXACT = 200_000
"""Entries up to which a search of all is fast enough."""

_CAPTIONS = 100


def kind_in_use(connection: sqlite3.Connection, record: EncoderRecord) -> str:
    """Return the index kind chosen for an encoder, if it still exists, or the kind by size."""
    from firs.index import INDEXES

    chosen = SQLiteDocuments.within(connection).get(CHOSEN, [record.name])
    kind = chosen.get(record.name, {}).get("kind")
    if kind and kind in INDEXES:
        return str(kind)
    return kind_by_size(_vectors(connection, record.name), record.dim)


def kind_by_size(count: int, dim: int) -> str:
    """Exact, unless that were slow, or took more than a quarter of the memory."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return EXACT if count <= MOST_EXACT and 2 * count * dim <= memory / 4 else LARGE


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
