"""The fixtures of collections: a folder of photos to index."""

from tests.collection.conftest import photo, photos, rainbow

__all__ = ["photo", "photos", "rainbow"]
