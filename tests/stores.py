"""Access to the store of a collection in a folder."""

from firs.collection import Collection
from firs.collection.sqlite import SQLiteStore


def sqlite_store(collection: Collection) -> SQLiteStore:
    """Return the store of a collection that is in a folder."""
    assert isinstance(collection.store, SQLiteStore)
    return collection.store
