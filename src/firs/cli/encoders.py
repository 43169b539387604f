"""``firs encoders``: which there are, which one fits, their files here, and away with one."""

import json as json_format
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from firs.cli.console import format_path, is_terminal, output, say
from firs.cli.options import AsJson, ReadFrom
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.encoders.backends import Entry


class Action(StrEnum):
    """Action on one encoder."""

    GET = "get"
    EXPORT = "export"


What: TypeAlias = Annotated[
    Action | None,
    typer.Argument(help="Otherwise: list the encoders that have names.", show_default=False),
]
Name: TypeAlias = Annotated[
    str | None, typer.Argument(metavar="NAME", help="An encoder.", show_default=False)
]
Folder: TypeAlias = Annotated[
    Path | None,
    typer.Argument(metavar="DIR", help="Where an export goes; a new folder.", show_default=False),
]
Precisions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--precision",
        metavar="NAME",
        help="Export fp16 or int8 as well; may be given twice.",
        show_default=False,
    ),
]
Unwanted: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--remove",
        metavar="NAME",
        help="Take an encoder's vectors out of a collection; its images stay.",
        show_default=False,
    ),
]


def encoders(
    what: What = None,
    name: Name = None,
    folder: Folder = None,
    precision: Precisions = None,
    remove: Unwanted = None,
    collection: ReadFrom = None,
    json: AsJson = False,
) -> None:
    """List the encoders that have names; get, export or remove one.

    An encoder is downloaded when it is first asked for; 'get' does that and nothing else. Others
    are named by their kind and place: onnx:FOLDER, transformers:OWNER/MODEL,
    openclip:MODEL/PRETRAINED. An export needs no PyTorch where it is used.

    Examples:
      firs encoders
      firs encoders get siglip2-base
      firs encoders export transformers:google/siglip-base-patch16-224 siglip-onnx
      firs encoders export openclip:ViT-B-32/openai clip-onnx --precision int8
      firs encoders --remove mini
    """
    if remove is not None:
        _remove(remove, collection)
    elif what is None:
        _list(as_json=json)
    elif name is None:
        raise InputError(f"Which encoder? firs encoders {what} NAME")
    elif what is Action.GET:
        _get(name)
    elif folder is None:
        raise InputError(f"Export it where? firs encoders export {name} DIR")
    else:
        _export(name, folder, precision or [])


def _remove(name: str, collection: str | None) -> None:
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    with Collection(collection_to_read(collection), create=False) as opened:
        removed = opened.forget_vectors(name)
    say(f"{removed:,} vectors of {name} removed; the images stay.")


def _get(name: str) -> None:
    from firs.encoders import open_encoder

    encoder = open_encoder(name)
    say(f"{name} is here: vectors of {encoder.dim}, pictures of {encoder.image_size} pixels.")
    say(f"  firs index DIR --encoder {name}")


def _export(name: str, folder: Path, precisions: list[str]) -> None:
    from firs.encoders import open_encoder
    from firs.encoders.export import export

    made = export(open_encoder(name), folder, ["fp32", *precisions])
    say(
        f"{format_path(folder)} gives the same vectors as {name}. Use it anywhere, without PyTorch:"
    )
    say(f"  firs index DIR --encoder {made.name}")


def _list(*, as_json: bool) -> None:
    from firs.encoders.backends import Machine, catalogue, is_downloaded, recommend

    here = {entry.name for entry in catalogue().values() if is_downloaded(entry)}
    best = recommend(Machine.here())
    if as_json:
        rows = [
            asdict(entry) | {"here": entry.name in here, "recommended": entry.name == best}
            for entry in catalogue().values()
        ]
        json_format.dump(rows, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    rows_of_text = [
        _row(entry, here=entry.name in here, best=entry.name == best)
        for entry in catalogue().values()
    ]
    _write([_MINI, *rows_of_text])
    _explain(best)


_HEAD = ("name", "", "download", "dim", "COCO", "Flickr30k", "languages", "licence", "extra")
_MINI = ("mini", "here", "built in", "256", "-", "-", "English", "Apache-2.0", "")


def _row(entry: "Entry", *, here: bool, best: bool) -> tuple[str, ...]:
    return (
        entry.name,
        "here" if here else "recommended" if best else "",
        f"{entry.megabytes:,} MB",
        str(entry.dim),
        _percent(entry.coco),
        _percent(entry.flickr30k),
        entry.languages,
        entry.licence,
        "" if entry.backend == "onnx" else entry.backend,
    )


def _percent(figure: float | None) -> str:
    return "-" if figure is None else f"{figure:.1f}"


def _write(rows: list[tuple[str, ...]]) -> None:
    if not is_terminal():
        sys.stdout.writelines("\t".join(row) + "\n" for row in (_HEAD, *rows))
        return
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for at, title in enumerate(_HEAD):
        column: dict[str, Any] = {"justify": "right"} if at in (2, 3, 4, 5) else {}
        table.add_column(title, no_wrap=True, **column)
    for row in rows:
        table.add_row(*row, style="bold" if row[1] == "recommended" else None)
    output().print(table)


def _explain(best: str) -> None:
    say(
        "COCO, Flickr30k: text-to-image R@1 in percent, as published (docs/encoders.md says where)."
    )
    say(f"For this machine: firs index DIR --encoder {best}")
