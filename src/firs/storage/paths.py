"""Location of a collection, and the stored form of its image paths."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from firs.errors import CollectionNotFound
from firs.sources.paths import is_url, plain
from firs.storage.database import DATABASE_NAME

FOLDER_NAME = ".firs"


Place: TypeAlias = Path | str
"""A collection's folder, or its address on a server."""

SCHEMES = ("milvus://", "milvus+tls://")
"""What the address of a collection on a server begins with."""


def is_address(place: str | Path) -> bool:
    """Return whether the place is a collection on a server, not in a folder."""
    return str(place).startswith(SCHEMES)


def place(typed: str) -> Place:
    """Parse a collection location typed by a user."""
    return typed if is_address(typed) else Path(typed)


def real(path: str | Path) -> str:
    """Return the absolute path without links, ``~`` expanded; the canonical name of a file.

    URLs are recognised by :mod:`firs.sources`, which defines their stored form.
    """
    path = plain(str(path))
    if is_url(path):
        return path
    return os.path.realpath(os.path.expanduser(path))  # noqa: PTH111, never raises


def readable(path: str | Path) -> str:
    r"""Return a path as text; bytes that are not UTF-8 become question marks.

    >>> readable("caf\udce9.jpg")
    'caf\ufffd.jpg'
    """
    return os.fsencode(path).decode(errors="replace")


def inside(given: Path) -> Path:
    """Return the collection itself, where ``given`` is the folder that contains it."""
    inner = given / FOLDER_NAME
    return inner if not (given / DATABASE_NAME).exists() and inner.is_dir() else given


def find_collection(start: Path) -> Path:
    """Return the collection of ``start`` or of the nearest folder above it: its ``.firs``.

    First the parents of the path as typed are searched, then those of its real path.

    Raises:
        CollectionNotFound: there is none in a parent folder.
    """
    here = Path(os.path.abspath(os.path.expanduser(start)))  # noqa: PTH100, PTH111, it follows no links
    led_to = Path(real(here))
    for folder in (here, *here.parents, led_to, *led_to.parents):
        if os.path.isfile(folder / FOLDER_NAME / DATABASE_NAME):  # noqa: PTH113, never raises
            return folder / FOLDER_NAME
    raise CollectionNotFound(
        f"There is no collection in {here} or in a folder above it. Make one: firs index {here}"
    )


@dataclass(frozen=True, slots=True)
class Root:
    """The folder that contains a collection; images below it are stored relative to it.

    So the photos and their collection can be moved together, to another disk or system. Absolute
    paths are ``str`` as ``os`` returns them, names that are not UTF-8 included.
    """

    folder: str

    def to_stored_path(self, path: str) -> str | bytes:
        """Convert an absolute path to its stored form: bytes if it is not UTF-8."""
        above = os.path.join(self.folder, "")  # noqa: PTH118
        if path.startswith(above):
            path = path[len(above) :].replace(os.sep, "/")
        try:
            path.encode()
        except UnicodeEncodeError:
            return os.fsencode(path)
        return path

    def absolute(self, noted: str | bytes) -> str:
        """Convert a stored path to an absolute path."""
        path = os.fsdecode(noted)
        return path if is_url(path) else os.path.join(self.folder, path)  # noqa: PTH118
