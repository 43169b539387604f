"""Errors of SQLite and the disk → one clear error each."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firs.errors import CollectionBusy, CollectionError, NotACollection, StorageError


@contextmanager
def clear_errors(database: Path) -> Iterator[None]:
    """Convert database errors to a :class:`CollectionError` that names a remedy.

    Raises:
        StorageError: the disk is full, read-only or failing, or the file is damaged.
        CollectionBusy: another program has locked the file.
        NotACollection: it is no SQLite database.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        meant = _meaning(error, database)
        if meant is None:
            raise
        raise meant from error


def _meaning(error: sqlite3.DatabaseError, database: Path) -> CollectionError | None:
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_").partition("_")[0]
    match name:
        case "FULL":
            return StorageError(
                f"The disk that holds {database} is full. Free some space and run this again: "
                "it goes on from the last finished batch, and nothing before is lost."
            )
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return StorageError(
                f"{database} cannot be written ({error}). Make the file and its folder "
                "writable, or keep a collection elsewhere with --collection."
            )
        case "IOERR" | "NOLFS":
            return StorageError(
                f"The disk that holds {database} fails ({error}). Check its free space and its "
                "health, then run this again; what was reported as done is in the database."
            )
        case "CORRUPT":
            return StorageError(
                f"{database} is damaged ({error}). Put a backup in its place, or delete the "
                "collection's folder and index the photos again."
            )
        case "BUSY" | "LOCKED":
            return CollectionBusy(
                f"Another program holds {database}. Close it, then run this again."
            )
        case "NOTADB":
            return not_ours(database)
    return None


def not_ours(database: Path) -> NotACollection:
    """Return the error for a database that QT-FIRS did not make."""
    return NotACollection(
        f"{database} was not made by QT-FIRS, so it is left as it is. "
        "Give the collection another folder."
    )
