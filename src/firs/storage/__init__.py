"""Storage: the SQLite database of a collection in a folder."""
