"""Which collection a command means."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from firs.collection import Collection
from firs.collection.database import DATABASE_NAME
from firs.collection.paths import FOLDER_NAME, find_collection
from firs.errors import CollectionNotFound, FirsError, InputError


def collection_to_read(given: Path | None) -> Path:
    """Return the collection at ``given``, or without it the one of the current folder.

    Raises:
        CollectionNotFound: there is none here or in a folder above.
    """
    return _inside(given) if given is not None else find_collection(Path.cwd())


def collection_to_fill(given: Path | None, sources: Sequence[Path]) -> Path:
    """Return where the images of ``sources`` belong; there may be nothing yet.

    Without ``given`` that is the collection that they lie in already, or else ``.firs`` in the
    folder itself.

    Raises:
        InputError: a source does not exist, or they belong to several collections.
    """
    for source in sources:
        if not source.exists():
            raise InputError(f"{source} does not exist. Name a folder of photos.")
    if given is not None:
        return _inside(given)
    homes = {_home(source if source.is_dir() else source.parent) for source in sources}
    if len(homes) > 1:
        raise InputError(
            "These folders have no collection in common. Say where to keep one: --collection PATH"
        )
    return homes.pop()


@contextmanager
def made_for_something(home: Path) -> Iterator[None]:
    """Take a new collection away again where it failed before anything came into it."""
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


def _inside(given: Path) -> Path:
    """The collection itself, where ``given`` is the folder that has it."""
    inner = given / FOLDER_NAME
    return inner if not (given / DATABASE_NAME).exists() and inner.is_dir() else given


def _home(folder: Path) -> Path:
    try:
        return find_collection(folder)
    except CollectionNotFound:
        return folder.resolve() / FOLDER_NAME
