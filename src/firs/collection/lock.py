"""One writer at a time; readers never wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from firs.errors import CollectionBusy, StorageError

LOCK_NAME = "firs.lock"


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Acquire the collection's lock; the system releases it when the process ends.

    Raises:
        CollectionBusy: another process, thread or object has the lock; raised at once.
        StorageError: the lock file cannot be created.
    """
    lock = FileLock(folder / LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout as busy:
        raise CollectionBusy(
            f"Something else is adding to or changing the collection {folder}. "
            "Wait until it is done, then run this again; searching works meanwhile."
        ) from busy
    except OSError as error:
        raise StorageError(
            f"The collection {folder} cannot be changed ({error.strerror or error}). "
            "Make its folder writable, or keep a collection elsewhere with --collection."
        ) from error
    try:
        yield
    finally:
        lock.release()
