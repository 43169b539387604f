"""The tables of a collection: step N leads from schema N - 1 to schema N and is ``N-….sql``.

Steps are added, never changed.
"""

import json
import os
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
    _define_functions(connection)
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


def _define_functions(connection: sqlite3.Connection) -> None:
    """Define the SQL functions with which step 9 writes documents as ``firs.storage.documents``."""
    import numpy as np

    from firs.storage.documents import digest, encode_array

    def array_json(data: bytes, dtype: str, dim: int) -> str:
        array = np.frombuffer(data, dtype)
        return json.dumps(encode_array(array.reshape(-1, dim) if dim else array))

    def path_json(path: str | bytes) -> str:
        return json.dumps(os.fsdecode(path))

    for function in (digest, array_json, path_json):
        connection.create_function(function.__name__, -1, function, deterministic=True)
