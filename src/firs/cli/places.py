"""Which collection a command means."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from firs.collection.paths import Place, find_collection, is_address
from firs.collection.places import home_of, inside
from firs.errors import CollectionNotFound, InputError
from firs.sources.names import is_url, plain
from firs.sources.places import folder_of


def collection_to_read(given: str | Path | None) -> Place:
    """Return the collection at ``given``, or without it the one of the current folder.

    Raises:
        CollectionNotFound: there is none here or in a folder above.
    """
    return find_collection(Path.cwd()) if given is None else _resolve(given)


def collection_to_fill(given: str | Path | None, sources: Sequence[Path]) -> Place:
    """Return where the images of ``sources`` belong; there may be nothing yet.

    Without ``given`` that is the collection that they lie in already, or else ``.firs`` in the
    folder itself.

    Raises:
        InputError: a source does not exist, or they belong to several collections.
    """
    sources = [Path(plain(folder_of(str(source)))) for source in sources]
    for source in sources:
        if not is_url(str(source)) and not source.exists():
            raise InputError(f"{source} does not exist. Name a folder of photos.")
    if given is not None:
        return _resolve(given)
    if any(is_url(str(source)) for source in sources):
        raise InputError("Say where to keep the collection of a URL: --collection PATH")
    homes = {home_of(source if source.is_dir() else source.parent) for source in sources}
    if len(homes) > 1:
        raise InputError(
            "These folders have no collection in common. Say where to keep one: --collection PATH"
        )
    return homes.pop()


def option_for(collection: Place) -> str:
    """What a command run from here must say to mean this collection; nothing if it does anyway."""
    try:
        found = str(find_collection(Path.cwd()))
    except CollectionNotFound:
        found = ""
    return "" if found == str(collection) else f" --collection {shlex.quote(str(collection))}"


def _resolve(given: str | Path) -> Place:
    return str(given) if is_address(given) else inside(Path(given))
