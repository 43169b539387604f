"""``firs info``: summarize a collection."""

import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from firs.cli.console import format_path, one_line, write_json
from firs.cli.options import PlaceArgs, flag

if TYPE_CHECKING:
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
            return
        info, index = opened.info(), opened.index
        indexes = {
            each.name: (index.kind(each.name), index.certificate(each.name))
            for each in info.encoders
        }
    if options.json:
        described = {
            name: {"kind": kind, "certificate": certificate and asdict(certificate)}
            for name, (kind, certificate) in indexes.items()
        }
        texts = {"path": str(info.path), "created_at": str(info.created_at)}
        write_json(asdict(info) | texts | {"indexes": described})
        return
    rows = [*_describe(info)]
    for encoder in info.encoders:
        rows += [("encoder", _describe_encoder(encoder, info.images))]
        rows += _describe_index(encoder, *indexes[encoder.name])
    sys.stdout.writelines(f"{name:12}{value}\n" for name, value in rows)


def _describe(info: "Info") -> Iterator[tuple[str, str]]:
    yield "collection", one_line(str(info.path))
    yield "images", f"{info.images:,}"
    yield "captions", f"{info.captions:,}"
    yield "unreadable", f"{info.problems:,}" + (" (firs info --problems)" if info.problems else "")
    if info.bytes is not None:
        yield "on disk", f"{info.bytes / 1e6:,.1f} MB"
    yield "made", f"{info.created_at.astimezone():%Y-%m-%d %H:%M}"


def _describe_index(
    encoder: "EncoderInfo", kind: str, found: "Certificate | None"
) -> Iterator[tuple[str, str]]:
    """Yield lines about the index of an encoder and its measured recall."""
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
        write_json([{"path": str(problem.path), "reason": problem.reason} for problem in problems])
        return
    for problem in problems:
        sys.stdout.write(f"{format_path(problem.path)}: {one_line(problem.reason)}\n")
