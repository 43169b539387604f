"""Where the collection of some photos is or will be located."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firs.collection.collection import Collection
from firs.errors import CollectionNotFound, FirsError
from firs.storage.database import DATABASE_NAME
from firs.storage.paths import FOLDER_NAME, Place, find_collection


def home_of(folder: Path) -> Path:
    """Return the collection that a folder of photos is already in, or else its own ``.firs``."""
    try:
        return find_collection(folder)
    except CollectionNotFound:
        return folder.resolve() / FOLDER_NAME


@contextmanager
def remove_if_unused(home: Place) -> Iterator[None]:
    """Take a new folder of a collection away again where it failed before anything came into it."""
    if isinstance(home, str):
        yield
        return
    is_new = not home.exists()
    try:
        yield
    except FirsError:
        if is_new and _is_empty(home):
            shutil.rmtree(home, ignore_errors=True)
        raise


def _is_empty(home: Path) -> bool:
    if not (home / DATABASE_NAME).exists():
        return False
    with Collection(home, create=False) as made:
        return not len(made)
