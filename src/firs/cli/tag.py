"""``firs tag``: words that a person gives to images, to find them by."""

import json as json_format
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import one_line
from firs.cli.options import AsJson, ReadFrom
from firs.cli.query_args import After, Before, Larger, Smaller, Tagged, Within, parse_filter
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.collection import Collection


class Action(StrEnum):
    """Action on tags."""

    ADD = "add"
    REMOVE = "remove"
    LIST = "list"


What: TypeAlias = Annotated[Action, typer.Argument(show_default=False)]
Tags: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(metavar="TAG...", help="The tags to add or remove.", show_default=False),
]
Ids: TypeAlias = Annotated[
    list[int] | None,
    typer.Option(
        "--id",
        metavar="ID",
        help="An image by the id that firs search --json tells; several times.",
        show_default=False,
    ),
]
Files: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="LIST",
        help="A file with a path a line, or - for what firs search --paths writes.",
        show_default=False,
    ),
]


def tag(
    what: What,
    tags: Tags = None,
    within: Within = None,
    id_: Ids = None,
    files: Files = None,
    after: After = None,
    before: Before = None,
    larger: Larger = None,
    smaller: Smaller = None,
    tagged: Tagged = None,
    json: AsJson = False,
    collection: ReadFrom = None,
) -> None:
    """Give images tags, take tags away, or list the tags that there are.

    Images are selected by their paths, ids, dates, sizes or tags, or by a list of paths.

    Examples:
      firs tag add holiday --in '2024/italy/**'
      firs tag add cat pet --id 3 --id 8
      firs search "a black cat" -k 50 --paths | firs tag add cat --files -
      firs tag remove pet --tag dog
      firs tag list
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    where = parse_filter(within, after, before, larger, smaller, tagged)
    with Collection(collection_to_read(collection), create=False) as opened:
        if what is Action.LIST:
            _list(opened.tags(), as_json=json)
            return
        if not tags:
            raise InputError(f"Name the tags, as in: firs tag {what} holiday --in '2024/**'")
        chosen = _read_id_list(opened, files) + list(id_ or ())
        if where is not None:
            chosen += opened.filter_ids(where).tolist()
        if where is None and files is None and not id_:
            raise InputError("Say which images: --in GLOB, --id ID, --files LIST ('*' means all).")
        _change(opened, what, tags, list(dict.fromkeys(chosen)))


def _change(collection: "Collection", what: Action, tags: Sequence[str], ids: list[int]) -> None:
    if what is Action.ADD:
        done = collection.tag(ids, *tags)
        sys.stdout.write(f"{done:,} new tags on {len(ids):,} images.\n")
    else:
        done = collection.untag(ids, *tags)
        sys.stdout.write(f"{done:,} tags taken from {len(ids):,} images.\n")


def _list(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        json_format.dump(counts, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    for name, count in counts.items():
        sys.stdout.write(f"{count:,}\t{one_line(name)}\n")


def _read_id_list(collection: "Collection", files: Path | None) -> list[int]:
    """Return the ids of the images in a list of paths.

    Raises:
        InputError: the list cannot be read, or names a file that is not in the collection.
    """
    if files is None:
        return []
    try:
        text = sys.stdin.read() if str(files) == "-" else files.read_text(errors="surrogateescape")
    except OSError as error:
        raise InputError(f"{files} cannot be read: {error.strerror or error}.") from error
    return collection.ids([Path(line) for line in text.split("\n") if line.strip()])
