"""``firs encoders``: list the named encoders, download, export or remove one."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import (
    format_path,
    is_terminal,
    make_table,
    output,
    say,
    write_json,
    write_row,
)
from firs.cli.options import PlaceArgs, argument, flag, option
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.encoders.backends import Entry

HEADER = ("name", "", "download", "dim", "COCO", "Flickr30k", "languages", "licence", "extra")
MINI = ("mini", "here", "built in", "512", "-", "-", "English", "Apache-2.0", "")


class Action(StrEnum):
    """Action on one encoder."""

    GET = "get"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class EncodersArgs:
    """What to do with which encoder; by default the named encoders are listed."""

    action: Action | None = argument("ACTION", "get or export. Default: list the named encoders.")
    name: str | None = argument("NAME", "An encoder.")
    folder: Path | None = argument("DIR", "A new folder for an export.")
    precision: list[str] | None = option("NAME", "Also export fp16 or int8; can be given twice.")
    remove: str | None = option("NAME", "Remove an encoder's embeddings from a collection.")
    json: bool = flag("Write JSON.", "--json")


def encoders(options: EncodersArgs, place: PlaceArgs) -> None:
    """List the named encoders; download, export or remove one.

    An encoder is downloaded when it is first used; 'get' only downloads it. Other encoders are
    named by their kind and location: onnx:FOLDER, transformers:OWNER/MODEL,
    openclip:MODEL/PRETRAINED. An exported encoder needs no PyTorch.

    Examples:
      firs encoders
      firs encoders get siglip2-base
      firs encoders export transformers:google/siglip-base-patch16-224 siglip-onnx
      firs encoders export openclip:ViT-B-32/openai clip-onnx --precision int8
      firs encoders --remove mini
    """
    action, name, folder = options.action, options.name, options.folder
    if options.remove is not None:
        with place.open() as opened:
            removed = opened.forget_vectors(options.remove)
        say(f"{removed:,} vectors of {options.remove} removed; the images stay.")
    elif action is None:
        _list_encoders(as_json=options.json)
    elif name is None:
        raise InputError(f"Which encoder? firs encoders {action} NAME")
    elif action is Action.GET:
        _download(name)
    elif folder is None:
        raise InputError(f"Export it where? firs encoders export {name} DIR")
    else:
        _export(name, folder, options.precision or [])


def _download(name: str) -> None:
    from firs.encoders import open_encoder

    encoder = open_encoder(name)
    say(f"{name} is here: vectors of {encoder.dim}, pictures of {encoder.image_size} pixels.")
    say(f"  firs index DIR --encoder {name}")


def _export(name: str, folder: Path, precisions: list[str]) -> None:
    from firs.encoders import open_encoder
    from firs.encoders.export import export

    exported = export(open_encoder(name), folder, ["fp32", *precisions])
    say(
        f"{format_path(folder)} gives the same vectors as {name}. Use it anywhere, without PyTorch:"
    )
    say(f"  firs index DIR --encoder {exported.name}")


def _list_encoders(*, as_json: bool) -> None:
    from firs.encoders.backends import Machine, catalogue, is_downloaded, recommend

    entries = catalogue().values()
    here = {entry.name for entry in entries if is_downloaded(entry)}
    best = recommend(Machine.here())
    if as_json:
        flags = [{"here": each.name in here, "recommended": each.name == best} for each in entries]
        write_json([asdict(each) | flag for each, flag in zip(entries, flags, strict=True)])
        return
    _write([MINI, *(_row(each, each.name in here, each.name == best) for each in entries)])
    say("COCO, Flickr30k: text-to-image R@1 in percent, as published; see docs/encoders.md.")
    say(f"For this machine: firs index DIR --encoder {best}")


def _row(entry: "Entry", is_here: bool, is_best: bool) -> tuple[str, ...]:
    return (
        entry.name,
        "here" if is_here else "recommended" if is_best else "",
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
        for row in (HEADER, *rows):
            write_row(*row)
        return
    from rich import box

    sides = ["right" if 2 <= number <= 5 else "left" for number in range(len(HEADER))]
    table = make_table(*sides, names=HEADER, box=box.SIMPLE_HEAD, header_style="table.header")
    for column in table.columns:
        column.no_wrap = True
    for row in rows:
        table.add_row(*row, style="bold" if row[1] == "recommended" else None)
    output().print(table)
