"""Collections on a Milvus server: the same faces as those in a folder."""
