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

INSERT INTO meta (key, value)
    VALUES ('created_at', strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now'));
