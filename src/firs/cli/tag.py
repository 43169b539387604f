"""``firs tag``: add tags to images, remove them, or list them."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import write_json, write_row
from firs.cli.options import FilterArgs, PlaceArgs, argument, flag, option
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.collection import Collection


class Action(StrEnum):
    """Action on tags."""

    ADD = "add"
    REMOVE = "remove"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class TagArgs:
    """What to do with which tags, and images that are selected one by one."""

    action: Action = argument("ACTION", "add, remove or list.", default=...)
    tags: list[str] | None = argument("TAG...", "The tags to add or remove.")
    ids: list[int] | None = option("ID", "An image, by its id in firs search --json.", "--id")
    files: Path | None = option("LIST", "Paths, one per line; -: those of firs search --paths.")
    json: bool = flag("Write JSON.", "--json")


def tag(options: TagArgs, filters: FilterArgs, place: PlaceArgs) -> None:
    """Add tags to images, remove tags, or list all tags.

    Images are selected by their paths, ids, dates, sizes or tags, or by a list of paths.

    Examples:
      firs tag add holiday --in '2024/italy/**'
      firs tag add cat pet --id 3 --id 8
      firs search "a black cat" -k 50 --paths | firs tag add cat --files -
      firs tag remove pet --tag dog
      firs tag list
    """
    where = filters.filter()
    with place.open() as opened:
        if options.action is Action.LIST:
            _list_tags(opened.tags(), as_json=options.json)
            return
        if not options.tags:
            raise InputError(f"Name the tags: firs tag {options.action} holiday --in '2024/**'")
        if where is None and options.files is None and not options.ids:
            raise InputError("Say which images: --in GLOB, --id ID, --files LIST ('*' means all).")
        ids = _read_id_list(opened, options.files) + list(options.ids or ())
        if where is not None:
            ids += opened.filter_ids(where).tolist()
        _change(opened, options.action, options.tags, list(dict.fromkeys(ids)))


def _list_tags(counts: dict[str, int], *, as_json: bool) -> None:
    if as_json:
        write_json(counts)
        return
    for name, count in counts.items():
        write_row(f"{count:,}", name)


def _change(collection: "Collection", action: Action, tags: Sequence[str], ids: list[int]) -> None:
    if action is Action.ADD:
        done = collection.tag(ids, *tags)
        sys.stdout.write(f"{done:,} new tags on {len(ids):,} images.\n")
    else:
        done = collection.untag(ids, *tags)
        sys.stdout.write(f"{done:,} tags removed from {len(ids):,} images.\n")


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
