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
