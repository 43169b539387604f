"""The mark in a collection that is being moved and not wholly there yet; see ``firs.migration``."""

import json
import sqlite3

from firs.errors import CollectionError

KEY = "migration"
"""The key of the mark: in a folder's ``meta``, or a document kind on a server."""

MARK = "mark"
"""The note's key."""


def source_of(connection: sqlite3.Connection) -> str | None:
    """Return where the rest of an incomplete folder collection is located, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    return None if row is None else str(json.loads(row[0])["source"])


def require_whole(source: str | None, location: str) -> None:
    """Check that an incomplete collection is not searched or written to.

    Raises:
        CollectionError: the rest is located at ``source``.
    """
    if source is not None:
        raise CollectionError(
            f"{location} waits for the rest of {source}. Finish that first: "
            f"firs migrate {source} {location}"
        )
