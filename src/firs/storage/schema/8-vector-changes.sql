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
