-- kind: which index answers searches by this encoder; NULL where the size decides.
-- certificate: JSON, what a check of the index found; see firs.index.certificate.
CREATE TABLE chosen_index (
    encoder TEXT PRIMARY KEY,
    kind TEXT,
    certificate TEXT
);
