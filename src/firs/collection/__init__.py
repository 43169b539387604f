"""The folder on disk: images, captions and vectors, and the way photos come into it."""

from firs.collection.collection import Collection
from firs.collection.paths import find_collection
from firs.collection.records import AddReport, ImageRecord, Problem

__all__ = ["AddReport", "Collection", "ImageRecord", "Problem", "find_collection"]
