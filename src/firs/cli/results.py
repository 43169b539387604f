"""A ranking on stdout: for a person, for a spreadsheet, for a script."""

import csv
import json
import sys
from collections.abc import Callable

from firs.cli.console import is_terminal, one_line, output, shown
from firs.errors import InputError
from firs.ranking import Hit, Ranking

Writer = Callable[[Ranking], None]


def chosen(*, explain: bool = False, **asked: bool) -> Writer:
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


def as_table(ranking: Ranking) -> None:
    """Write a table for a person, whose paths a terminal can open; when piped, plain lines."""
    if not is_terminal():
        return as_lines(ranking)
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("rank", justify="right")
    table.add_column("score", justify="right")
    table.add_column("image", overflow="fold")
    for hit in ranking:
        link = Text(shown(hit.path), style=f"link {hit.path.absolute().as_uri()}")
        table.add_row(str(hit.rank), f"{hit.score:.3f}", link)
    return output().print(table)


def as_lines(ranking: Ranking) -> None:
    """Write rank, score and path, with tabs between."""
    for hit in ranking:
        sys.stdout.write(f"{hit.rank}\t{hit.score:.4f}\t{one_line(str(hit.path))}\n")


def as_explained(ranking: Ranking) -> None:
    """Write rank, score and path, and below them what each part of the query says, with tabs."""
    for hit in ranking:
        sys.stdout.write(f"{hit.rank}\t{hit.score:.4f}\t{one_line(str(hit.path))}\n")
        for vote in ranking.votes(hit.id):
            told = f"rank {vote.rank}\tscore {vote.score:.4f}\tweight {vote.weight:g}"
            sys.stdout.write(f"\t{told}\t{one_line(vote.source)}\n")


def as_paths(ranking: Ranking) -> None:
    """Write one path a line, as the disk has it."""
    for path in ranking.paths:
        sys.stdout.write(f"{path}\n")


def as_csv(ranking: Ranking) -> None:
    """Write a header, then rank, score, id and path, as RFC 4180 has it."""
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(["rank", "score", "id", "path"])
    rows.writerows([hit.rank, f"{hit.score:.6f}", hit.id, hit.path] for hit in ranking)


def as_json(ranking: Ranking) -> None:
    """Write one object: what gave the scores, and the results in order, each with its votes."""
    results = [
        {"rank": hit.rank, "score": round(hit.score, 6), "id": hit.id, "path": str(hit.path)}
        | _votes(ranking, hit)
        for hit in ranking
    ]
    json.dump({"source": ranking.source, "results": results}, sys.stdout, indent=2)
    sys.stdout.write("\n")


def _votes(ranking: Ranking, hit: Hit) -> dict[str, list[dict[str, str | int | float]]]:
    """What each part of a fused ranking said of an image; nothing where there are no parts."""
    votes: list[dict[str, str | int | float]] = [
        {
            "source": vote.source,
            "rank": vote.rank,
            "score": round(vote.score, 6),
            "weight": round(vote.weight, 6),
        }
        for vote in ranking.votes(hit.id)
    ]
    return {"votes": votes} if votes else {}


_WRITERS: dict[str, Writer] = {"json": as_json, "csv": as_csv, "paths": as_paths}
