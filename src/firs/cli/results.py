"""A ranking on stdout: for a person, for a spreadsheet, for a script."""

import csv
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import is_terminal, link_path, one_line, output
from firs.errors import ImageError, InputError, StorageError
from firs.ranking import Hit, Ranking, Vote

if TYPE_CHECKING:
    from PIL import Image

Probabilities = Mapping[int, float]
"""An image's id → the probability that it is the target; empty where unknown."""

Writer = Callable[[Ranking, Probabilities], None]
Told = dict[str, Any]

_UNKNOWN: Probabilities = {}


def choose_writer(*, explain: bool = False, **asked: bool) -> Writer:
    """Return the writer of the one name that is true, or that of a table, explained or not.

    JSON is always explained.

    Raises:
        InputError: several are, or one that cannot be explained.
    """
    names = [name for name, wanted in asked.items() if wanted]
    if len(names) > 1:
        raise InputError(f"Choose one of {' and '.join(f'--{name}' for name in names)}.")
    if explain and names not in ([], ["json"]):
        raise InputError(f"--explain-rank goes with a table or --json, not with --{names[0]}.")
    return _WRITERS[names[0]] if names else as_explained if explain else as_table


def as_table(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a table with clickable paths to a terminal; when piped, plain lines."""
    if not is_terminal():
        return as_lines(ranking, probabilities)
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rank", justify="right")
    table.add_column("score", justify="right")
    if probabilities:
        table.add_column("probability", justify="right")
    table.add_column("image", overflow="fold")
    for hit in ranking:
        link = link_path(hit.path)
        link.append(_alike(ranking, hit, "  "), style="dim")
        chance = [f"{probabilities[hit.id]:.1%}"] if probabilities else []
        table.add_row(str(hit.rank), f"{hit.score:.3f}", *chance, link)
    return output().print(table)


def as_lines(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write rank, score, path and the number of collapsed duplicates, separated by tabs."""
    del probabilities
    for hit in ranking:
        sys.stdout.write(_line(ranking, hit))


def as_explained(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write the same lines, each followed by the votes of every query part, with tabs."""
    del probabilities
    for hit in ranking:
        sys.stdout.write(_line(ranking, hit))
        _explain(ranking.votes(hit.id), "\t")


def _line(ranking: Ranking, hit: Hit) -> str:
    path = one_line(str(hit.path))
    return f"{hit.rank}\t{hit.score:.4f}\t{path}{_alike(ranking, hit, chr(9))}\n"


def _alike(ranking: Ranking, hit: Hit, before: str) -> str:
    behind = ranking.duplicates.get(hit.id, ())
    return f"{before}+{len(behind)} alike" if behind else ""


def _explain(votes: Sequence[Vote], indent: str) -> None:
    for vote in votes:
        told = f"rank {vote.rank}\tscore {vote.score:.4f}\tweight {vote.weight:g}"
        sys.stdout.write(f"{indent}{told}\t{one_line(vote.source)}\n")
        _explain(vote.votes, f"{indent}\t")


def as_paths(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write one path a line, as the disk has it."""
    del probabilities
    for path in ranking.paths:
        sys.stdout.write(f"{path}\n")


def as_csv(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a header, then rank, score, id and path, as RFC 4180 has it."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["rank", "score", "id", "path", *(["probability"] if probabilities else [])])
    rows.writerows(
        [hit.rank, f"{hit.score:.6f}", hit.id, hit.path, *_chance(hit, probabilities)]
        for hit in ranking
    )


def as_json(ranking: Ranking, probabilities: Probabilities = _UNKNOWN) -> None:
    """Write one object: what gave the scores, and the results in order, each with its votes."""
    results = [
        _hit(hit)
        | dict.fromkeys(["probability"] if probabilities else [], probabilities.get(hit.id))
        | _votes(ranking.votes(hit.id))
        | _behind(ranking, hit)
        for hit in ranking
    ]
    json.dump({"source": ranking.source, "results": results}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _chance(hit: Hit, probabilities: Probabilities) -> list[str]:
    return [f"{probabilities[hit.id]:.6f}"] if probabilities else []


def _hit(hit: Hit) -> Told:
    return {"rank": hit.rank, "score": round(hit.score, 6), "id": hit.id, "path": str(hit.path)}


def _votes(votes: Sequence[Vote]) -> Told:
    """Return the votes of the parts of a fused ranking for an image; empty without parts."""
    told = [
        {
            "source": vote.source,
            "rank": vote.rank,
            "score": round(vote.score, 6),
            "weight": round(vote.weight, 6),
        }
        | _votes(vote.votes)
        for vote in votes
    ]
    return {"votes": told} if told else {}


def _behind(ranking: Ranking, hit: Hit) -> Told:
    """Return the near-duplicates that a result represents; empty without deduplication."""
    if hit.id not in ranking.duplicates:
        return {}
    behind = ranking.duplicates[hit.id]
    return {"count": 1 + len(behind), "behind": [_hit(each) for each in behind]}


_WRITERS: dict[str, Writer] = {"json": as_json, "csv": as_csv, "paths": as_paths}


SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def check_sheet(file: Path) -> None:
    """Make sure, before any work, that a sheet can be written to ``file``.

    Raises:
        InputError: its ending names no kind of picture, or its folder does not exist.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(f"A sheet cannot be saved as {file}; let its name end in .jpg or .png.")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file} cannot be written: there is no folder {file.parent}.")


def check_explained(count: int, sheet: Path | None, text: str | None) -> None:
    """Make sure, before any work, that so many results can be explained on a sheet.

    Raises:
        InputError: there is no sheet to draw them on, there are no words, or the count is below 0.
    """
    if count < 0:
        raise InputError(f"--explain is how many results to explain, not {count}.")
    if count and sheet is None:
        raise InputError("--explain draws on a sheet; add one: --sheet FILE")
    if count and text is None:
        raise InputError("--explain shows where words match; say what to see in the picture.")


def explain_hits(ranking: Ranking) -> "dict[int, Image.Image]":
    """Ids of results → each with its map over it; what can no longer be read is left out."""
    found = {}
    for hit in ranking:
        try:
            found[hit.id] = ranking.explain(hit.id).overlay()
        except ImageError:
            continue
    return found


def save_sheet(
    file: Path,
    ranking: Ranking,
    title: str,
    images: Sequence[Path],
    instead: "Mapping[int, Image.Image] | None" = None,
) -> None:
    """Draw a ranking into ``file``, with the first of the example ``images`` next to its title.

    ``instead`` replaces the images of some results.

    Raises:
        InputError: ``file`` is one of the photos to show, or there are too many.
        StorageError: it cannot be written.
    """
    from firs.imaging import decode
    from firs.imaging.contact_sheet import contact_sheet

    photos = [*ranking.paths, *images]
    if file.exists() and any(photo.exists() and photo.samefile(file) for photo in photos):
        raise InputError(f"{file} is one of the photos; give the sheet another name.")
    example = decode(images[0], at_least=64) if images else None
    sheet = contact_sheet(ranking, title=title, example=example, instead=instead)
    write_picture(sheet, file)


def write_picture(picture: "Image.Image", file: Path) -> None:
    """Save a picture.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        picture.save(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(f"{file} cannot be written ({why}). Choose another place.") from error
