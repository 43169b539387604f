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
