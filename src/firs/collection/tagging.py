"""Tags: words that a person gives to images, to find them by later."""

import sqlite3
from collections.abc import Callable, Collection, Container, Iterable, Sequence

from firs.errors import InputError
from firs.storage import rows
from firs.storage.database import Database, transaction
from firs.storage.paths import Root

LONGEST = 200
"""Characters of a tag."""


class TaggingMixin:
    """Tagging as methods of a collection."""

    def tag(self, ids: Iterable[int], *tags: str) -> int:
        """Give images tags, to find them by; see :class:`firs.filters.Filter`.

        Returns:
            How many tags are new to their images.

        Raises:
            InputError: an id is unknown or a tag is empty; nothing is changed.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def untag(self, ids: Iterable[int], *tags: str) -> int:
        """Take tags away from images; return how many there were.

        Raises:
            InputError: an id is unknown or a tag is empty; nothing is changed.
            CollectionBusy: something else is adding or changing.
        """
        raise NotImplementedError

    def tags(self) -> dict[str, int]:
        """Return the number of images per tag."""
        raise NotImplementedError


class SQLiteTags:
    """The tags of a collection in a folder."""

    _database: Database
    _root: Root
    _require_known: Callable[[Iterable[int], Container[int]], None]

    def tag(self, ids: Iterable[int], *tags: str) -> int:
        """Give images tags, to find them by; see :class:`firs.filters.Filter`."""
        with self._database.writing() as connection, transaction(connection):
            return add_tags(connection, self._require_ids(connection, ids), tags)

    def untag(self, ids: Iterable[int], *tags: str) -> int:
        """Take tags away from images; return how many there were."""
        with self._database.writing() as connection, transaction(connection):
            return remove_tags(connection, self._require_ids(connection, ids), tags)

    def tags(self) -> dict[str, int]:
        """Return the number of images per tag."""
        with self._database.reading() as connection:
            return tag_counts(connection)

    def _require_ids(self, connection: sqlite3.Connection, ids: Iterable[int]) -> list[int]:
        """Return the ids if all are known; raise otherwise."""
        wanted = [int(id_) for id_ in ids]
        self._require_known(wanted, rows.paths(connection, self._root, wanted).keys())
        return wanted


def add_tags(connection: sqlite3.Connection, ids: Iterable[int], tags: Sequence[str]) -> int:
    """Tag images inside the caller's transaction; return how many tags are new to their images."""
    before = _count(connection)
    connection.executemany(
        "INSERT OR IGNORE INTO tag (image_id, name) VALUES (?, ?)", _pairs(ids, validate_tags(tags))
    )
    return _count(connection) - before


def remove_tags(connection: sqlite3.Connection, ids: Iterable[int], tags: Sequence[str]) -> int:
    """Take tags away inside the caller's transaction; return how many there were."""
    before = _count(connection)
    connection.executemany(
        "DELETE FROM tag WHERE image_id = ? AND name = ?", _pairs(ids, validate_tags(tags))
    )
    return before - _count(connection)


def tag_counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Return the number of images per tag, in the order of the tags."""
    rows = connection.execute("SELECT name, count(*) FROM tag GROUP BY name ORDER BY name")
    return dict(rows.fetchall())


def validate_tags(tags: Sequence[str]) -> list[str]:
    """Return the tags without surrounding spaces.

    Raises:
        InputError: there are none, or one is empty, too long, or has unprintable characters.
    """
    if not tags:
        raise InputError("Name a tag or more.")
    trimmed = [tag.strip() for tag in tags]
    for tag in trimmed:
        if not tag or len(tag) > LONGEST or not tag.isprintable():
            raise InputError(
                f"A tag is 1 to {LONGEST} characters that can be printed, not {tag[:50]!r}."
            )
    return trimmed


def _pairs(ids: Iterable[int], tags: Collection[str]) -> Iterable[tuple[int, str]]:
    return ((id_, tag) for id_ in ids for tag in tags)


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM tag").fetchone()[0])
