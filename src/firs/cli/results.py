"""A ranking on stdout as a table, lines, JSON, CSV or paths; and as a contact sheet."""

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import (
    is_terminal,
    link_path,
    make_table,
    one_line,
    output,
    write_json,
    write_row,
)
from firs.cli.options import flag, option
from firs.errors import ImageError, InputError, StorageError

if TYPE_CHECKING:
    from PIL import Image

    from firs.ranking import Hit, Ranking, Vote

Probabilities = Mapping[int, float]
"""An image's id → the probability that it is the target; empty where unknown."""

Writer = Callable[["Ranking", Probabilities], None]
JsonObject = dict[str, Any]

_UNKNOWN: Probabilities = {}

SHEET_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True, slots=True)
class OutputArgs:
    """The form of the results."""

    explain_rank: bool = flag("Show the rank of each image by each query part.", "--explain-rank")
    json: bool = flag("Write JSON.", "--json")
    csv: bool = flag("Write CSV with a header.", "--csv")
    paths: bool = flag("Write only paths.", "--paths")
    sheet: Path | None = option("FILE", "Also draw them as one picture: .jpg, .png or .webp.")
    explain: int = option("N", "On the sheet, show N, each with a map of the match.", default=0)

    def writer(self) -> Writer:
        """Return the writer of the requested format; JSON always includes the explanation.

        Raises:
            InputError: several formats are requested, or one that cannot be explained.
        """
        names = [name for name in _WRITERS if getattr(self, name)]
        if len(names) > 1:
            raise InputError(f"Choose one of {' and '.join(f'--{name}' for name in names)}.")
        if self.explain_rank and names not in ([], ["json"]):
            raise InputError(f"--explain-rank goes with a table or --json, not with --{names[0]}.")
        if names:
            return _WRITERS[names[0]]
        return partial(as_lines, is_explained=True) if self.explain_rank else as_table

    def check_sheet(self, text: str | None) -> None:
        """Check, before any work, that the requested sheet can be drawn.

        Raises:
            InputError: it cannot be written, or there is no text to explain results by.
        """
        if self.explain < 0:
            raise InputError(f"--explain is how many results to explain, not {self.explain}.")
        if self.explain and self.sheet is None:
            raise InputError("--explain draws on a sheet; add one: --sheet FILE")
        if self.explain and text is None:
            raise InputError("--explain shows where words match; say what to see in the picture.")
        if self.sheet is not None:
            check_sheet(self.sheet)


def as_table(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a table with clickable paths to a terminal; when piped, plain lines."""
    if not is_terminal():
        return as_lines(ranking, probabilities)
    names = ["rank", "score", *(["probability"] if probabilities else []), "image"]
    table = make_table(*["right"] * (len(names) - 1), "left", names=names)
    for hit in ranking:
        link = link_path(hit.path)
        link.append(f"  {_count_duplicates(ranking, hit)}".rstrip(), style="dim")
        probability = [f"{probabilities[hit.id]:.1%}"] if probabilities else []
        table.add_row(str(hit.rank), f"{hit.score:.3f}", *probability, link)
    return output().print(table)


def as_lines(
    ranking: "Ranking", _: Probabilities = _UNKNOWN, *, is_explained: bool = False
) -> None:
    """Write rank, score, path and the number of collapsed duplicates, separated by tabs.

    Each line of an explained ranking is followed by the votes of every query part.
    """
    for hit in ranking:
        duplicates = _count_duplicates(ranking, hit)
        write_row(hit.rank, f"{hit.score:.4f}", hit.path, *filter(None, [duplicates]))
        if is_explained:
            _write_votes(ranking.votes(hit.id), "\t")


def _count_duplicates(ranking: "Ranking", hit: "Hit") -> str:
    count = len(ranking.duplicates.get(hit.id, ()))
    return f"+{count} alike" if count else ""


def _write_votes(votes: "Sequence[Vote]", indent: str) -> None:
    for vote in votes:
        figures = f"rank {vote.rank}\tscore {vote.score:.4f}\tweight {vote.weight:g}"
        sys.stdout.write(f"{indent}{figures}\t{one_line(vote.source)}\n")
        _write_votes(vote.votes, f"{indent}\t")


def as_paths(ranking: "Ranking", _: Probabilities = _UNKNOWN) -> None:
    """Write one path per line, as on disk."""
    sys.stdout.writelines(f"{path}\n" for path in ranking.paths)


def as_csv(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write a header, then rank, score, id and path, as in RFC 4180."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["rank", "score", "id", "path", *(["probability"] if probabilities else [])])
    for hit in ranking:
        probability = [f"{probabilities[hit.id]:.6f}"] if probabilities else []
        rows.writerow([hit.rank, f"{hit.score:.6f}", hit.id, hit.path, *probability])


def as_json(ranking: "Ranking", probabilities: Probabilities = _UNKNOWN) -> None:
    """Write one object: the source of the scores, and the results in order, with their votes."""
    results = [
        _hit(hit)
        | ({"probability": probabilities.get(hit.id)} if probabilities else {})
        | _votes(ranking.votes(hit.id))
        | _duplicates(ranking, hit)
        for hit in ranking
    ]
    write_json({"source": ranking.source, "results": results})


def _hit(hit: "Hit") -> JsonObject:
    return {"rank": hit.rank, "score": round(hit.score, 6), "id": hit.id, "path": str(hit.path)}


def _votes(votes: "Sequence[Vote]") -> JsonObject:
    """Return the votes of the parts of a fused ranking for an image; empty without parts."""
    described = [
        {
            "source": vote.source,
            "rank": vote.rank,
            "score": round(vote.score, 6),
            "weight": round(vote.weight, 6),
        }
        | _votes(vote.votes)
        for vote in votes
    ]
    return {"votes": described} if described else {}


def _duplicates(ranking: "Ranking", hit: "Hit") -> JsonObject:
    """Return the near-duplicates that a result represents; empty without deduplication."""
    if hit.id not in ranking.duplicates:
        return {}
    duplicates = ranking.duplicates[hit.id]
    return {"count": 1 + len(duplicates), "behind": [_hit(each) for each in duplicates]}


_WRITERS: dict[str, Writer] = {"json": as_json, "csv": as_csv, "paths": as_paths}


def check_sheet(file: Path) -> None:
    """Check, before any work, that a sheet can be written to ``file``.

    Raises:
        InputError: its suffix names no image format, or its folder does not exist.
    """
    if file.suffix.lower() not in SHEET_SUFFIXES:
        raise InputError(f"A sheet cannot be saved as {file}; let its name end in .jpg or .png.")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file} cannot be written: there is no folder {file.parent}.")


def explain_hits(ranking: "Ranking") -> "dict[int, Image.Image]":
    """Return each image with its map, by id; images that can no longer be read are omitted."""
    explained = {}
    for hit in ranking:
        try:
            explained[hit.id] = ranking.explain(hit.id).overlay()
        except ImageError:
            continue
    return explained


def save_sheet(
    file: Path,
    ranking: "Ranking",
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

    if is_one_of(file, [*ranking.paths, *images]):
        raise InputError(f"{file} is one of the photos; give the sheet another name.")
    example = decode(images[0], at_least=64) if images else None
    sheet = contact_sheet(ranking, title=title, example=example, instead=instead)
    write_picture(sheet, file)


def is_one_of(file: Path, pictures: Iterable[Path]) -> bool:
    """Return whether a file that is to be written is one of the pictures."""
    return file.exists() and any(each.exists() and each.samefile(file) for each in pictures)


def write_picture(picture: "Image.Image", file: Path) -> None:
    """Save a picture.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        picture.save(file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"{file} cannot be written ({reason}). Choose another place.") from error
