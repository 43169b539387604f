"""The tables of a collection: step N leads from schema N - 1 to schema N and is ``N-….sql``.

Steps are added, never changed.
"""

import sqlite3
from pathlib import Path

APPLICATION_ID = int.from_bytes(b"FIRS", "big")
"""Stored in the header of each of our databases (``file`` and SQLite can read it)."""

STEPS = sorted(
    Path(__file__).parent.glob("*.sql"), key=lambda path: int(path.name.partition("-")[0])
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest schema, inside the caller's transaction."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    for step in STEPS[schema:]:
        _run(connection, step.read_text("utf-8"))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(STEPS)}")


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run several statements inside the open transaction (``executescript`` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""
