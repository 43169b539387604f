-- Sessions, the query log, calibrations, generated captions, problems and settings: JSON by kind and
-- key; see firs.storage.documents. image: of a document about one image, which goes with it.
CREATE TABLE document (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    image INTEGER,
    stamp TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX document_by_image ON document (image) WHERE image IS NOT NULL;

INSERT INTO document SELECT 'session', id, NULL, lower(hex(randomblob(8))),
    json_object('created_at', created_at, 'document', json(document)) FROM session ORDER BY rowid;
INSERT INTO document SELECT 'session',
    printf('%s/%06d/%s/0000/%s', session_id, number, at,
        CASE json_extract(event, '$.kind') WHEN 'mark' THEN 'mark' ELSE 'step' END),
    NULL, lower(hex(randomblob(8))), json_object('event', json(event)) FROM session_event;
INSERT INTO document SELECT 'log',
    printf('%s/%06d/%d', coalesce(session, '-'), coalesce(number + 1, 0), id),
    image_id, lower(hex(randomblob(8))),
    CASE WHEN image_id IS NULL
        THEN json_object('at', at, 'text', text, 'kind', kind, 'order', id)
        ELSE json_object('at', at, 'text', text, 'kind', kind, 'order', id, 'image', image_id)
    END FROM query_log;
INSERT INTO document SELECT 'switch', key, NULL, lower(hex(randomblob(8))), '{"on": true}'
    FROM meta WHERE key = 'query_log';
INSERT INTO document SELECT 'captioner', digest(captioner), NULL, lower(hex(randomblob(8))),
    json_object('name', captioner) FROM (SELECT DISTINCT captioner FROM made_caption);
INSERT INTO document SELECT 'made', digest(captioner) || '/' || lower(hex(hash)), NULL,
    lower(hex(randomblob(8))),
    json_object('hash', lower(hex(hash)), 'texts', json(texts), 'at', made_at) FROM made_caption;
INSERT INTO document SELECT 'problem', digest(path), NULL, lower(hex(randomblob(8))),
    json_object('path', json(path_json(path)), 'reason', reason, 'seen_at', seen_at) FROM problem;
INSERT INTO document SELECT 'index', encoder, NULL, lower(hex(randomblob(8))),
    json_object('kind', kind) FROM chosen_index WHERE kind IS NOT NULL;
INSERT INTO document SELECT 'certificate', encoder, NULL, lower(hex(randomblob(8))), certificate
    FROM chosen_index WHERE certificate IS NOT NULL;
INSERT INTO document SELECT 'calibration', encoder.name, NULL, mark,
    json_object(
        'bank', bank,
        'texts', json(array_json(texts, '<f2', encoder.dim)),
        'owners', json(array_json(owners, '<i8', 0)),
        'meaning', json(meaning),
        'revision', calibration.revision,
        'biases', json(array_json(biases, '<f4', 0)),
        'made_at', made_at)
    FROM calibration JOIN encoder ON encoder.id = encoder_id;

DROP TRIGGER image_replaced;
DROP TABLE session_event;
DROP TABLE session;
DROP TABLE query_log;
DROP TABLE made_caption;
DROP TABLE problem;
DROP TABLE chosen_index;
DROP TABLE calibration;
DELETE FROM meta WHERE key = 'query_log';

-- A file with new content is another picture: what belonged to the old one is removed.
CREATE TRIGGER image_replaced AFTER UPDATE OF hash ON image WHEN OLD.hash <> NEW.hash BEGIN
    DELETE FROM entry WHERE image_id = NEW.id;
    DELETE FROM move WHERE image_id = NEW.id;
    DELETE FROM document WHERE image = NEW.id;
END;
CREATE TRIGGER document_of_image_deleted AFTER DELETE ON image BEGIN
    DELETE FROM document WHERE image = OLD.id;
END;
CREATE TRIGGER document_of_encoder_deleted AFTER DELETE ON encoder BEGIN
    DELETE FROM document WHERE kind = 'calibration' AND key = OLD.name;
END;
