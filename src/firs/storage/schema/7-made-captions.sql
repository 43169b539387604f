-- hash: of the image's file, as in image.hash. captioner: all that its captions depend on but the
-- image (no key is in it). texts: JSON, a list.
CREATE TABLE made_caption (
    hash BLOB NOT NULL CHECK (length(hash) = 16),
    captioner TEXT NOT NULL,
    texts TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (hash, captioner)
) WITHOUT ROWID;
