"""Indexing: find the files, decode and embed their pictures, and write them to a collection."""
