"""The tables of a collection, and the steps from every older form of them to the newest."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime

APPLICATION_ID = int.from_bytes(b"FIRS", "big")
"""Stands in the header of every database that is ours (``file`` and SQLite can read it)."""

_FIRST = """
CREATE TABLE meta (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- path: below the folder that holds the collection it is relative, with "/"; elsewhere absolute.
-- It has no type because a file name that is not UTF-8 is kept as its bytes.
-- AUTOINCREMENT: an id is never given twice, so that an old id cannot mean a new image.
CREATE TABLE image (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path NOT NULL UNIQUE,
    hash BLOB NOT NULL CHECK (length(hash) = 16),
    bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    format TEXT NOT NULL,
    added_at TEXT NOT NULL
);
CREATE INDEX image_by_hash ON image (hash);

CREATE TABLE caption (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (image_id, source, text)
);

CREATE TABLE encoder (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    fingerprint TEXT NOT NULL,
    dim INTEGER NOT NULL CHECK (dim > 0),
    dtype TEXT NOT NULL CHECK (dtype IN ('float16', 'float32')),
    revision INTEGER NOT NULL
);

CREATE TABLE vector (
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    encoder_id INTEGER NOT NULL REFERENCES encoder (id),
    data BLOB NOT NULL,
    UNIQUE (encoder_id, image_id)
);
CREATE INDEX vector_by_image ON vector (image_id);

CREATE TABLE problem (
    path NOT NULL UNIQUE,
    reason TEXT NOT NULL,
    seen_at TEXT NOT NULL
);

-- A revision names one state of an encoder's vectors, for those who keep something derived from
-- them. It rises by a random step: a database restored from a backup and then changed otherwise
-- must not meet the numbers of its other life.
CREATE TRIGGER vector_inserted AFTER INSERT ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = NEW.encoder_id;
END;
CREATE TRIGGER vector_updated AFTER UPDATE ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = NEW.encoder_id;
END;
CREATE TRIGGER vector_deleted AFTER DELETE ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = OLD.encoder_id;
END;
"""

_TAGS = """
CREATE TABLE tag (
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    PRIMARY KEY (image_id, name)
) WITHOUT ROWID;

-- One row: names one state of all that images are chosen by (path, date, size, tags), as an
-- encoder's revision names one state of its vectors.
CREATE TABLE attributes (revision INTEGER NOT NULL);
INSERT INTO attributes VALUES (abs(random() % 1000000));
CREATE TRIGGER image_inserted AFTER INSERT ON image BEGIN
    UPDATE attributes SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER image_updated AFTER UPDATE OF path, bytes, mtime_ns ON image BEGIN
    UPDATE attributes SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER image_deleted AFTER DELETE ON image BEGIN
    UPDATE attributes SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER tag_inserted AFTER INSERT ON tag BEGIN
    UPDATE attributes SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER tag_deleted AFTER DELETE ON tag BEGIN
    UPDATE attributes SET revision = revision + 1 + abs(random() % 1000000);
END;
"""

_SESSIONS = """
-- document: JSON, all of a session but its events; both as firs.session writes them.
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    created_at TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE session_event (
    session_id TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TEXT NOT NULL,
    event TEXT NOT NULL,
    PRIMARY KEY (session_id, number)
) WITHOUT ROWID;
"""

_CALIBRATION = """
-- texts: float16, the vectors of a bank of reference texts, row after row; owners: int64, the image
-- that each tells of, 0 for none. biases: float32, one for each image that had a vector at that
-- revision, by id. meaning: JSON, or NULL where it was not fitted.
CREATE TABLE calibration (
    encoder_id INTEGER PRIMARY KEY REFERENCES encoder (id) ON DELETE CASCADE,
    mark TEXT NOT NULL,
    bank TEXT NOT NULL,
    texts BLOB NOT NULL,
    owners BLOB NOT NULL,
    meaning TEXT,
    revision INTEGER NOT NULL,
    biases BLOB NOT NULL,
    made_at TEXT NOT NULL
);
"""

_INDEXES = """
-- kind: which index answers searches by this encoder; NULL where the size decides.
-- certificate: JSON, what a check of the index found; see firs.index.certificate.
CREATE TABLE chosen_index (
    encoder TEXT PRIMARY KEY,
    kind TEXT,
    certificate TEXT
);
"""

_EXPANSION = """
-- One act of adding, which can be taken back. settings: JSON, what was asked for. texts: float16,
-- the vectors of everyday texts beside which the entries' scores are told; empty for moves.
CREATE TABLE expansion (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    encoder_id INTEGER NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('captions', 'queries', 'moves')),
    settings TEXT NOT NULL,
    texts BLOB NOT NULL,
    made_at TEXT NOT NULL
);

-- A text that stands for an image. data: float16, its vector.
CREATE TABLE entry (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    expansion_id INTEGER NOT NULL REFERENCES expansion (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    source TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX entry_by_expansion ON entry (expansion_id);
CREATE INDEX entry_by_image ON entry (image_id);

-- What is added to the vector of an image, which itself stays: data, float32. texts: JSON, the
-- queries that it leads to. floor: what it gives to most texts.
CREATE TABLE move (
    expansion_id INTEGER NOT NULL REFERENCES expansion (id) ON DELETE CASCADE,
    image_id INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    texts TEXT NOT NULL,
    data BLOB NOT NULL,
    floor REAL NOT NULL,
    PRIMARY KEY (expansion_id, image_id)
);
CREATE INDEX move_by_image ON move (image_id);

-- What was asked and marked while the log was on (meta, key query_log). session and number name
-- the event that it was noted with; both are NULL for what was searched for once.
CREATE TABLE query_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    text TEXT NOT NULL,
    image_id INTEGER REFERENCES image (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('asked', 'relevant', 'irrelevant', 'found', 'cleared')),
    session TEXT,
    number INTEGER
);
CREATE INDEX query_log_by_image ON query_log (image_id);
CREATE INDEX query_log_by_session ON query_log (session, number);

-- One row: names one state of entries and moves, as an encoder's revision one of its vectors.
CREATE TABLE expanded (revision INTEGER NOT NULL);
INSERT INTO expanded VALUES (abs(random() % 1000000));
CREATE TRIGGER entry_inserted AFTER INSERT ON entry BEGIN
    UPDATE expanded SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER entry_deleted AFTER DELETE ON entry BEGIN
    UPDATE expanded SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER move_inserted AFTER INSERT ON move BEGIN
    UPDATE expanded SET revision = revision + 1 + abs(random() % 1000000);
END;
CREATE TRIGGER move_deleted AFTER DELETE ON move BEGIN
    UPDATE expanded SET revision = revision + 1 + abs(random() % 1000000);
END;

-- A file with new content is another picture: what stood for the old one goes.
CREATE TRIGGER image_replaced AFTER UPDATE OF hash ON image WHEN OLD.hash <> NEW.hash BEGIN
    DELETE FROM entry WHERE image_id = NEW.id;
    DELETE FROM move WHERE image_id = NEW.id;
    DELETE FROM query_log WHERE image_id = NEW.id;
END;
"""

_MADE_CAPTIONS = """
-- hash: of the image's file, as in image.hash. captioner: all that its captions depend on but the
-- image (no key is in it). texts: JSON, a list.
CREATE TABLE made_caption (
    hash BLOB NOT NULL CHECK (length(hash) = 16),
    captioner TEXT NOT NULL,
    texts TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (hash, captioner)
) WITHOUT ROWID;
"""

_VECTOR_CHANGES = """
-- Which image each revision of an encoder's vectors has changed, so that what is derived from an
-- older revision can be brought up to date instead of being made again.
CREATE TABLE vector_change (
    encoder_id INTEGER NOT NULL REFERENCES encoder (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    image_id INTEGER NOT NULL,
    PRIMARY KEY (encoder_id, revision)
) WITHOUT ROWID;
DROP TRIGGER IF EXISTS vector_inserted;
DROP TRIGGER IF EXISTS vector_updated;
DROP TRIGGER IF EXISTS vector_deleted;
CREATE TRIGGER insert_of_vector_noted AFTER INSERT ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = NEW.encoder_id;
    INSERT INTO vector_change SELECT id, revision, NEW.image_id FROM encoder
        WHERE id = NEW.encoder_id;
END;
CREATE TRIGGER update_of_vector_noted AFTER UPDATE ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = NEW.encoder_id;
    INSERT INTO vector_change SELECT id, revision, NEW.image_id FROM encoder
        WHERE id = NEW.encoder_id;
END;
CREATE TRIGGER delete_of_vector_noted AFTER DELETE ON vector BEGIN
    UPDATE encoder SET revision = revision + 1 + abs(random() % 1000000) WHERE id = OLD.encoder_id;
    INSERT INTO vector_change SELECT id, revision, OLD.image_id FROM encoder
        WHERE id = OLD.encoder_id;
END;
"""

Step = Callable[[sqlite3.Connection], None]


def _run(connection: sqlite3.Connection, script: str) -> None:
    """Run several statements inside the open transaction (``executescript`` would commit it)."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _create(connection: sqlite3.Connection) -> None:
    _run(connection, _FIRST)
    connection.execute(
        "INSERT INTO meta (key, value) VALUES ('created_at', ?)",
        (datetime.now(UTC).isoformat(timespec="seconds"),),
    )


def _add_tags(connection: sqlite3.Connection) -> None:
    _run(connection, _TAGS)


def _add_sessions(connection: sqlite3.Connection) -> None:
    _run(connection, _SESSIONS)


def _add_calibration(connection: sqlite3.Connection) -> None:
    _run(connection, _CALIBRATION)


def _add_indexes(connection: sqlite3.Connection) -> None:
    _run(connection, _INDEXES)


def _add_expansion(connection: sqlite3.Connection) -> None:
    _run(connection, _EXPANSION)


def _add_made_captions(connection: sqlite3.Connection) -> None:
    _run(connection, _MADE_CAPTIONS)


def _note_vector_changes(connection: sqlite3.Connection) -> None:
    _run(connection, _VECTOR_CHANGES)


MIGRATIONS: list[Step] = [
    _create,
    _add_tags,
    _add_sessions,
    _add_calibration,
    _add_indexes,
    _add_expansion,
    _add_made_captions,
    _note_vector_changes,
]
"""Step i leads from schema i to schema i + 1. Steps are added, never changed."""


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest schema, inside the caller's transaction."""
    (schema,) = connection.execute("PRAGMA user_version").fetchone()
    for step in MIGRATIONS[schema:]:
        step(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
