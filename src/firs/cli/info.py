"""``firs info``: summarize a collection."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from firs.cli.console import format_path, one_line, write_json
from firs.cli.options import PlaceArgs, flag

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.index.certificate import Certificate
    from firs.storage.records import EncoderInfo, Info, Problem


@dataclass(frozen=True, slots=True)
class InfoArgs:
    """What to print."""

    problems: bool = flag("List the files that could not be read, and why.", "--problems")
    json: bool = flag("Write JSON.", "--json")


def info(options: InfoArgs, place: PlaceArgs) -> None:
    """Print what a collection contains, or which files it could not read.

    Examples:
      firs info
      firs info --problems
      firs info --json --collection ~/camera.firs
    """
    with place.open() as opened:
        if options.problems:
            _show_problems(opened.problems(), as_json=options.json)
        else:
            _show_info(opened.info(), _indexes(opened), as_json=options.json)


def _indexes(collection: "Collection") -> "dict[str, tuple[str, Certificate | None]]":
    """Return the kind of each encoder's index, and the result of its last check."""
    index = collection.index
    names = [encoder.name for encoder in collection.info().encoders]
    return {name: (index.kind(name), index.certificate(name)) for name in names}


def _show_info(
    info: "Info", indexes: "dict[str, tuple[str, Certificate | None]]", *, as_json: bool
) -> None:
    if as_json:
        described = {
            name: {"kind": kind, "certificate": found and asdict(found)}
            for name, (kind, found) in indexes.items()
        }
        write_json({**asdict(info), "indexes": described})
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
    unchecked = "" if found else " (not compared with exact search: firs index --verify)"
    yield "index", f"{kind}{unchecked}"
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


def _show_problems(problems: "list[Problem]", *, as_json: bool) -> None:
    if as_json:
        write_json([{"path": problem.path, "reason": problem.reason} for problem in problems])
        return
    for problem in problems:
        sys.stdout.write(f"{format_path(problem.path)}: {one_line(problem.reason)}\n")
