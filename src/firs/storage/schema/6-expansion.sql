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
