"""Collections on a Milvus server, with the same interface as collections in a folder."""
