"""Location of a collection: a folder, or an address on a server."""

import os
from pathlib import Path
from typing import TypeAlias

from firs.errors import CollectionNotFound
from firs.sources.paths import real
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
