"""Sessions and their rounds on stdout: tables for a terminal, lines with tabs when piped."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import is_terminal, link_path, make_table, one_line, output, say
from firs.errors import InputError, StorageError

if TYPE_CHECKING:
    from rich.table import Table

    from firs.collection import Collection
    from firs.expansion import ExpansionMatch
    from firs.session import Change, Comparison, Result, Round, Session
    from firs.session.events import Kind

SIGNS = {"relevant": "+", "irrelevant": "-", "found": "=", None: "."}
_DRAWN = {
    "relevant": ("✓", "green"),
    "irrelevant": ("✗", "red"),
    "found": ("★", "yellow"),
    None: ("", ""),
}


def show_heading(round_: "Round", query: str) -> None:
    """Print the number of the round and how it was reached."""
    summary = one_line(query if round_.parent is None else round_.summary)
    if not is_terminal():
        sys.stdout.write(f"# round {round_.number}\t{round_.method}\t{summary}\n")
        return
    from rich.text import Text

    after = "" if round_.parent is None else f" after {round_.parent.number}"
    head = Text(f"\nround {round_.number}", style="bold")
    head.append(f"{after} · {round_.method} · {len(round_):,} images\n", style="not bold dim")
    output().print(head.append(summary, style="not bold"))


def show_results(results: Sequence["Result"], round_: "Round") -> None:
    """Write rank, the rank before, the mark and the image of each."""
    if not is_terminal():
        for each in results:
            ranks = f"{each.hit.rank}\t{each.previous_rank or '-'}"
            path = one_line(str(each.hit.path))
            sys.stdout.write(f"{ranks}\t{SIGNS[each.mark]}\t{path}\n")
        return
    is_first = round_.parent is None
    table = (
        make_table("right", "left", "left")
        if is_first
        else make_table("right", "right", "left", "left", names=("", "was", "", ""))
    )
    for each in results:
        was = [] if is_first else [_format_move(each.previous_rank, each.hit.rank)]
        link = link_path(each.hit.path)
        if each.seen and each.mark is None:
            link.stylize("dim")
        table.add_row(str(each.hit.rank), *was, _mark_symbol(each.mark), link)
    output().print(table)


def show_comparison(comparison: "Comparison", paths: Mapping[int, Path]) -> None:
    """Write what came, rose, fell and left, with both ranks of each."""
    for kind in ("came", "rose", "fell", "left"):
        changes: Sequence[Change] = getattr(comparison, kind)
        if not is_terminal():
            _write_changes(kind, changes, paths)
        elif changes:
            output().print(f"\n[bold]{kind}[/] [dim]{len(changes)}[/]")
            output().print(_draw_changes(changes, paths))


def show_rounds(session: "Session") -> None:
    """Write all rounds, which came after which, and how many marks were given on each."""
    rows = [
        (
            str(each.number),
            "-" if each.parent is None else str(each.parent.number),
            each.method,
            _count_marks(each),
            one_line(each.summary),
        )
        for each in session.rounds
    ]
    if not is_terminal():
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)
        return
    table = make_table(
        "right", "right", "left", "left", "left", names=("round", "after", "by", "marks", "")
    )
    for each, row in zip(session.rounds, rows, strict=True):
        table.add_row(*row, style="bold" if each is session.round else "")
    output().print(table)


def show_why(result: "Result", paths: Mapping[int, Path]) -> None:
    """Write where an image was and is, the marks that moved it there, and what found it, too."""
    write = _write_why if is_terminal() else _write_why_plainly
    write(result, paths)


def _write_why_plainly(result: "Result", paths: Mapping[int, Path]) -> None:
    for match in result.matched_via:
        sys.stdout.write(f"{match.added:+.3f}\t{match.by}\t{_join_texts(match)}\n")
    for mark in result.mark_influences:
        path = one_line(str(paths.get(mark.id, "")))
        sys.stdout.write(f"{mark.weight:+.2f}\t{SIGNS[mark.mark]}\t{path}\n")
    for term in result.term_influences:
        sys.stdout.write(f"{term.weight:+.2f}\tadded\t{one_line(term.text)}\n")


def _write_why(result: "Result", paths: Mapping[int, Path]) -> None:
    from rich.text import Text

    was = "" if result.previous_rank is None else f"[dim]{result.previous_rank} → [/]"
    output().print(f"{was}[bold]{result.hit.rank}[/] ", link_path(result.hit.path))
    for mark in result.mark_influences:
        if mark.id in paths:
            output().print(
                f"  {_format_weight(mark.weight)}  like {_mark_symbol(mark.mark)}",
                link_path(paths[mark.id]),
            )
    for term in result.term_influences:
        output().print(f"  {_format_weight(term.weight)}  by", Text(one_line(term.text)))
    for match in result.matched_via:
        how = "moved towards" if match.by == "moved" else "also found by"
        output().print(f"  {how}: {_join_texts(match)}", markup=False)


def _join_texts(match: "ExpansionMatch") -> str:
    return "; ".join(map(one_line, match.texts))


def _mark_symbol(mark: "Kind | None") -> str:
    sign, style = _DRAWN[mark]
    return f"[{style}]{sign}[/]" if sign else ""


def _format_weight(weight: float) -> str:
    """Format how strongly a mark or a term raised or lowered a result."""
    arrow, style = ("↑", "green") if weight > 0 else ("↓", "red")
    return f"[{style}]{arrow} {abs(weight):.1f}[/]"


def _format_move(before: int | None, rank: int) -> str:
    if before is None:
        return "[cyan]back[/]"
    if before == rank:
        return "[dim]=[/]"
    arrow, style = ("↑", "green") if before > rank else ("↓", "red")
    return f"[{style}]{arrow}[/] {before}"


def _write_changes(kind: str, changes: Iterable["Change"], paths: Mapping[int, Path]) -> None:
    for each in changes:
        path = one_line(str(paths.get(each.id, "")))
        sys.stdout.write(f"{kind}\t{each.previous_rank or '-'}\t{each.new_rank or '-'}\t{path}\n")


def _draw_changes(changes: Iterable["Change"], paths: Mapping[int, Path]) -> "Table":
    table = make_table("right", "left", "right", "left")
    for each in changes:
        if each.id in paths:
            table.add_row(
                str(each.previous_rank or "-"),
                "→",
                str(each.new_rank or "-"),
                link_path(paths[each.id]),
            )
    return table


def _count_marks(round_: "Round") -> str:
    marks = round_.marks
    given = {"+": len(marks.relevant), "-": len(marks.irrelevant), "=": marks.found is not None}
    return " ".join(f"{sign}{int(count)}" for sign, count in given.items() if count)


def show_saved(collection: "Collection") -> None:
    """Write the saved sessions, the one that was changed last first."""
    from firs.session.document import query_from_json

    records = [
        (each, one_line(str(query_from_json(each.document))))
        for each in collection.sessions.records()
    ]
    if not records:
        say('There are none yet. Begin one: firs session "a black cat"')
    elif not is_terminal():
        for each, query in records:
            changed = each.changed_at.isoformat(timespec="seconds")
            sys.stdout.write(f"{each.id}\t{changed}\t{each.rounds}\t{query}\n")
    else:
        from rich.text import Text

        names = ("id", "changed", "rounds", "query")
        table = make_table("left", "left", "right", "left", names=names)
        table.columns[0].no_wrap = table.columns[1].no_wrap = True
        for each, query in records:
            changed = f"{each.changed_at.astimezone():%Y-%m-%d %H:%M}"
            table.add_row(each.id, changed, str(each.rounds), Text(query))
        output().print(table)


def require_new(*files: Path | None) -> None:
    """Check, before any work, that none of the files exists.

    Raises:
        InputError: one does.
    """
    for file in files:
        if file is not None and file.exists():
            raise InputError(f"{file} is there already; name a new file.")


def write_new(file: Path, text: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(text, "utf-8")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"{file} cannot be written ({error.strerror}).") from error
    say(f"Written: {file}")


def read_document(file: Path) -> Any:
    """Read an exported session.

    Raises:
        InputError: the file cannot be read, or is not JSON.
    """
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is no session that QT-FIRS wrote ({error}).") from error
