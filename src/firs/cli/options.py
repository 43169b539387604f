"""Options that several commands share."""

import shlex
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from firs.errors import CollectionNotFound, InputError
from firs.sources.paths import is_url, plain
from firs.storage.paths import Place, find_collection, is_address

ReadFrom: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="The collection, the folder that has it, or its address on a server, as "
        "milvus://HOST:19530/NAME. Otherwise: here, or in a folder above.",
        show_default=False,
    ),
]

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]


def collection_to_read(given: str | Path | None) -> Place:
    """Return the collection at ``given``, or without it the one of the current folder.

    Raises:
        CollectionNotFound: there is none here or in a folder above.
    """
    return find_collection(Path.cwd()) if given is None else _resolve(given)


def collection_to_fill(given: str | Path | None, sources: Sequence[Path]) -> Place:
    """Return the collection for the images of ``sources``; it need not exist yet.

    Without ``given`` that is the collection that they are already in, or else ``.firs`` in the
    folder itself.

    Raises:
        InputError: a source does not exist, or they belong to several collections.
    """
    from firs.collection.places import home_of
    from firs.sources.shards import folder_of

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


def limit_server_wait(place: Place) -> AbstractContextManager[None]:
    """Limit how long one request waits for the server of a collection; a folder needs no limit."""
    if not is_address(place):
        return nullcontext()
    from firs.milvus.retry import limit_wait

    return limit_wait()


def option_for(collection: Place) -> str:
    """Return the option that selects this collection from here; empty if it is the default."""
    try:
        found = str(find_collection(Path.cwd()))
    except CollectionNotFound:
        found = ""
    return "" if found == str(collection) else f" --collection {shlex.quote(str(collection))}"


def _resolve(given: str | Path) -> Place:
    if is_address(given):
        return str(given)
    from firs.collection.places import inside

    return inside(Path(given))
