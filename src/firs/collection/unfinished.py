"""The mark in a collection that is being moved and not wholly there yet; see ``firs.migration``."""

import json
import sqlite3

from firs.errors import CollectionError

KEY = "migration"
"""Under which the mark stands: in a folder's ``meta``, or as a kind of note on a server."""

MARK = "mark"
"""The note's key."""


def source_of(connection: sqlite3.Connection) -> str | None:
    """Where the rest of a folder's collection still lies, if it is not wholly there."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    return None if row is None else str(json.loads(row[0])["source"])


def require_whole(source: str | None, location: str) -> None:
    """Make sure that nothing is searched or mixed while the rest of it lies elsewhere.

    Raises:
        CollectionError: the rest lies at ``source``.
    """
    if source is not None:
        raise CollectionError(
            f"{location} waits for the rest of {source}. Finish that first: "
            f"firs migrate {source} {location}"
        )
