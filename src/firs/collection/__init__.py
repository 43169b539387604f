"""The folder on disk: images, captions and vectors, and the way photos come into it."""
