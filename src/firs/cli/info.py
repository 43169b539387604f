"""``firs info``: summarize a collection."""

import json as json_format
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from firs.cli.console import format_path, one_line
from firs.cli.options import AsJson, ReadFrom

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.index.certificate import Certificate
    from firs.storage.records import EncoderInfo, Info, Problem


def info(
    problems: Annotated[
        bool, typer.Option("--problems", help="List the files that could not be read, and why.")
    ] = False,
    json: AsJson = False,
    collection: ReadFrom = None,
) -> None:
    """Print what a collection contains, or which files it could not read.

    Examples:
      firs info
      firs info --problems
      firs info --json --collection ~/camera.firs
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    with Collection(collection_to_read(collection), create=False) as told:
        if problems:
            _tell_problems(told.problems(), as_json=json)
        else:
            _tell_info(told.info(), _indexes(told), as_json=json)


def _indexes(told: "Collection") -> "dict[str, tuple[str, Certificate | None]]":
    """Encoder → the kind of its index, and what the last check of it found."""
    names = [encoder.name for encoder in told.info().encoders]
    return {name: (told.index.kind(name), told.index.certificate(name)) for name in names}


def _tell_info(
    info: "Info", indexes: "dict[str, tuple[str, Certificate | None]]", *, as_json: bool
) -> None:
    if as_json:
        told = {
            name: {"kind": kind, "certificate": found and asdict(found)}
            for name, (kind, found) in indexes.items()
        }
        _write_json({**asdict(info), "indexes": told})
        return
    rows = [
        ("collection", one_line(str(info.path))),
        ("images", f"{info.images:,}"),
        ("captions", f"{info.captions:,}"),
        ("unreadable", f"{info.problems:,}" + (" (firs info --problems)" if info.problems else "")),
        *([] if info.bytes is None else [("on disk", f"{info.bytes / 1e6:,.1f} MB")]),
        ("made", f"{info.created_at.astimezone():%Y-%m-%d %H:%M}"),
        *(line for encoder in info.encoders for line in _lines(encoder, info, indexes)),
    ]
    sys.stdout.writelines(f"{name:12}{value}\n" for name, value in rows)


def _lines(
    encoder: "EncoderInfo", info: "Info", indexes: "dict[str, tuple[str, Certificate | None]]"
) -> Iterator[tuple[str, str]]:
    """Yield lines about an encoder, its index and the measured recall."""
    yield "encoder", _describe_encoder(encoder, info.images)
    kind, found = indexes[encoder.name]
    yield (
        "index",
        kind if found else f"{kind} (not compared with exact search: firs index --verify)",
    )
    if found:
        since = "" if found.revision == encoder.revision else ", before the last change of images"
        other = "" if found.kind == kind else f", of the index {found.kind}"
        yield "", f"compared with exact search on {found.made[:10]}{other}{since}"
        yield from (("", line) for line in found.lines())


def _describe_encoder(encoder: "EncoderInfo", images: int) -> str:
    lacking = images - encoder.vectors
    hint = f"; {lacking:,} lack one: firs index DIR --encoder {encoder.name}" if lacking > 0 else ""
    return (
        f"{encoder.name} ({encoder.dim} {encoder.dtype} a vector, {encoder.vectors:,} vectors, "
        f"weights {encoder.fingerprint[:12]}){hint}"
    )


def _tell_problems(problems: "list[Problem]", *, as_json: bool) -> None:
    if as_json:
        _write_json([{"path": problem.path, "reason": problem.reason} for problem in problems])
        return
    for problem in problems:
        sys.stdout.write(f"{format_path(problem.path)}: {one_line(problem.reason)}\n")


def _write_json(value: object) -> None:
    json_format.dump(value, sys.stdout, indent=2, default=str)
    sys.stdout.write("\n")
