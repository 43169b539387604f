"""``firs.db``: made, checked and upgraded; read from many threads, written from one."""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from firs.errors import (
    CollectionBusy,
    CollectionError,
    CollectionNotFound,
    NewerCollection,
    NotACollection,
    StorageError,
)
from firs.storage.schema import APPLICATION_ID, STEPS, migrate

LOCK_NAME = "firs.lock"


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Acquire the collection's lock; the system releases it when the process ends.

    Raises:
        CollectionBusy: another process, thread or object has the lock; raised at once.
        StorageError: the lock file cannot be created.
    """
    from filelock import FileLock, Timeout  # only writers need it

    lock = FileLock(folder / LOCK_NAME, timeout=0)
    try:
        lock.acquire()
    except Timeout as busy:
        raise CollectionBusy(
            f"Something else is adding to or changing the collection {folder}. "
            "Wait until it is done, then run this again. Searching works in the meantime."
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


@contextmanager
def clear_errors(database: Path) -> Iterator[None]:
    """Convert database errors to a :class:`CollectionError` that names a remedy.

    Raises:
        StorageError: the disk is full, read-only or failing, or the file is damaged.
        CollectionBusy: another program has locked the file.
        NotACollection: it is no SQLite database.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        translated = _meaning(error, database)
        if translated is None:
            raise
        raise translated from error


def _meaning(error: sqlite3.DatabaseError, database: Path) -> CollectionError | None:
    name = str(getattr(error, "sqlite_errorname", "")).removeprefix("SQLITE_").partition("_")[0]
    match name:
        case "FULL":
            return StorageError(
                f"The disk of {database} is full. Free some space and run this again: "
                "it goes on from the last finished batch, and nothing before is lost."
            )
        case "READONLY" | "CANTOPEN" | "PERM" | "AUTH":
            return StorageError(
                f"{database} cannot be written ({error}). Make the file and its folder "
                "writable, or keep a collection elsewhere with --collection."
            )
        case "IOERR" | "NOLFS":
            return StorageError(
                f"The disk of {database} fails ({error}). Check its free space and its "
                "health, then run this again; what was reported as done is in the database."
            )
        case "CORRUPT":
            return StorageError(
                f"{database} is damaged ({error}). Put a backup in its place, or delete the "
                "collection's folder and index the photos again."
            )
        case "BUSY" | "LOCKED":
            return CollectionBusy(
                f"Another program uses {database}. Close it, then run this again."
            )
        case "NOTADB":
            return not_ours(database)
    return None


def not_ours(database: Path) -> NotACollection:
    """Return the error for a database that QT-FIRS did not make."""
    return NotACollection(
        f"{database} was not made by QT-FIRS, so it is left as it is. "
        "Give the collection another folder."
    )


DATABASE_NAME = "firs.db"
_WAIT_SECONDS = 10.0


class Database:
    """The database of one collection.

    Writers take the collection's lock and commit whole transactions with ``synchronous=FULL``;
    each reader sees one state of the whole and never waits for a writer. On a disk that cannot
    be written to, reading works all the same.

    Args:
        folder: the collection's folder.
        create: make what is not there yet.

    Raises:
        CollectionNotFound: there is none, and ``create`` is false.
        NotACollection: the folder or the database is someone else's.
        NewerCollection: its schema is newer than this QT-FIRS.
        CollectionBusy: it must be made or upgraded, and another process is writing to it.
        StorageError: the disk is full, read-only or failing.
    """

    def __init__(self, folder: Path, *, create: bool) -> None:
        self.folder = folder
        self.path = folder / DATABASE_NAME
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        if not _has_content(self.path):
            self._require(create=create)
            _make_folder(folder)
            self._migrate()
        with clear_errors(self.path):
            self.writable = os.access(folder, os.W_OK) and os.access(self.path, os.W_OK)
            self._source = self._readable_source()
            schema = self._schema()
        if schema < len(STEPS):
            self._require(create=create or schema > 0)
            self._require_writable()
            self._migrate()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a snapshot of the database for as long as the context lasts, in any thread."""
        with clear_errors(self.path):
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._return(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open the only connection that may write; put each change into a :func:`transaction`.

        Raises:
            CollectionBusy: another writer is active.
            StorageError: the disk is full, read-only or failing.
        """
        with (
            sole_writer(self.folder),
            clear_errors(self.path),
            closing(_connect(self.path, "mode=rwc")) as connection,
        ):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            yield connection

    @contextmanager
    def short_write(self) -> Iterator[sqlite3.Connection]:
        """Open one short transaction that may run during a long write, for user input.

        Raises:
            StorageError: the disk is full, read-only or failing; nothing was written.
        """
        with clear_errors(self.path), closing(_connect(self.path, "mode=rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            with transaction(connection):
                yield connection

    def close(self) -> None:
        """Close what is open; reading afterwards is an error."""
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().close()

    def _require(self, *, create: bool) -> None:
        if not create:
            raise CollectionNotFound(
                f"There is no collection in {self.folder}. Make one: firs index DIR"
            )

    def _require_writable(self) -> None:
        if not self.writable:
            raise StorageError(
                f"{self.path} was made by an older QT-FIRS and must be brought up to date, but "
                "cannot be written to here. Open it once where it can be written to, then copy it "
                "again."
            )

    def _migrate(self) -> None:
        with self.writing() as connection, transaction(connection):
            migrate(connection)

    def _readable_source(self) -> str:
        """Return how to open the file for reading.

        SQLite creates two small files next to a WAL database even to read it. Where that is
        impossible the database can be opened as immutable, but only if the WAL has no committed
        transaction.
        """
        if self.writable:
            return "mode=rw"
        with closing(_connect(self.path, "mode=ro")) as connection:
            try:
                connection.execute("PRAGMA user_version").fetchone()
            except sqlite3.OperationalError:
                if _has_content(self.path.with_name(f"{DATABASE_NAME}-wal")):
                    raise StorageError(
                        f"{self.path} has unfinished changes and cannot be written to here. Open "
                        "it once where it can be written to, then copy it again."
                    ) from None
                return "mode=ro&immutable=1"
        return "mode=ro"

    def _schema(self) -> int:
        """Return the schema version of our database; 0 for an empty one."""
        with closing(_connect(self.path, self._source)) as connection:
            (owner,) = connection.execute("PRAGMA application_id").fetchone()
            (schema,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if owner != APPLICATION_ID and (owner or schema or tables):
            raise not_ours(self.path)
        if schema > len(STEPS):
            raise NewerCollection(
                f"{self.path} was made by a newer QT-FIRS (its schema is {schema}, this one "
                f"knows up to {len(STEPS)}). Upgrade: pip install --upgrade qt-firs"
            )
        return int(schema)

    def _borrow(self) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise StorageError(f"The collection {self.folder} is closed. Open it again.")
            if self._idle:
                return self._idle.pop()
        with ExitStack() as on_error:
            connection = on_error.enter_context(closing(_connect(self.path, self._source)))
            connection.execute("PRAGMA query_only = ON")
            on_error.pop_all()
        return connection

    def _return(self, connection: sqlite3.Connection) -> None:
        with ExitStack() as unless_kept:
            unless_kept.enter_context(closing(connection))
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    unless_kept.pop_all()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit all changes inside the context when it ends; roll them back on an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{how}",
        uri=True,
        isolation_level=None,  # transactions begin and end where we say
        check_same_thread=False,  # a connection serves one thread at a time, not always the same
        timeout=_WAIT_SECONDS,
    )


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = {entry.name for entry in folder.iterdir()} - {LOCK_NAME}
    except (FileExistsError, NotADirectoryError) as error:
        raise NotACollection(f"{folder} is a file. Name a folder for the collection.") from error
    except OSError as error:
        raise StorageError(
            f"The folder {folder} cannot be made ({error.strerror or error}). "
            "Keep the collection where you may write: --collection FOLDER"
        ) from error
    if any(not name.startswith(DATABASE_NAME) for name in strangers):
        raise NotACollection(
            f"{folder} has other files. Name a new or empty folder for the collection, "
            f"such as {folder / '.firs'}."
        )


def now() -> str:
    """Return the time, in UTC, in its stored form."""
    return datetime.now(UTC).isoformat(timespec="seconds")


Value = TypeVar("Value")

MAX_VALUES = 500
"""Maximum number of values in one statement; old versions of SQLite allow 999."""


def chunks(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Yield the values in lists that fit into one statement."""
    listed = list(values)
    return (listed[at : at + MAX_VALUES] for at in range(0, len(listed), MAX_VALUES))


def marks(values: Sequence[object]) -> str:
    """Return a question mark for each value, separated by commas."""
    return ",".join("?" * len(values))
