"""The folder on disk: images, captions and embeddings, and how photos are added to it."""

from firs.collection.collection import Collection
from firs.storage.paths import find_collection
from firs.storage.records import AddReport, ImageRecord, Problem

__all__ = ["AddReport", "Collection", "ImageRecord", "Problem", "find_collection"]
