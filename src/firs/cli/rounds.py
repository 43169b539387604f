"""Sessions and their rounds on stdout: tables for a terminal, lines with tabs when piped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import is_terminal, link_path, make_table, one_line, output, say, write_row
from firs.errors import InputError, StorageError

if TYPE_CHECKING:
    from firs.collection import Collection
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
        write_row(f"# round {round_.number}", round_.method, summary)
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
            write_row(each.hit.rank, each.previous_rank or "-", SIGNS[each.mark], each.hit.path)
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
        if is_terminal() and changes:
            table = make_table("right", "left", "right", "left")
            for each in (each for each in changes if each.id in paths):
                before, after = str(each.previous_rank or "-"), str(each.new_rank or "-")
                table.add_row(before, "→", after, link_path(paths[each.id]))
            output().print(f"\n[bold]{kind}[/] [dim]{len(changes)}[/]")
            output().print(table)
        elif changes:
            for each in changes:
                path = paths.get(each.id, "")
                write_row(kind, each.previous_rank or "-", each.new_rank or "-", path)


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
        for row in rows:
            write_row(*row)
        return
    names = ("round", "after", "by", "marks", "")
    table = make_table("right", "right", "left", "left", "left", names=names)
    for each, row in zip(session.rounds, rows, strict=True):
        table.add_row(*row, style="bold" if each is session.round else "")
    output().print(table)


def show_why(result: "Result", paths: Mapping[int, Path]) -> None:
    """Write where an image was and is, the marks that moved it there, and what found it, too."""
    if is_terminal():
        _draw_why(result, paths)
        return
    for match in result.matched_via:
        write_row(f"{match.added:+.3f}", match.by, "; ".join(match.texts))
    for mark in result.mark_influences:
        write_row(f"{mark.weight:+.2f}", SIGNS[mark.mark], paths.get(mark.id, ""))
    for term in result.term_influences:
        write_row(f"{term.weight:+.2f}", "added", term.text)


def _draw_why(result: "Result", paths: Mapping[int, Path]) -> None:
    from rich.text import Text

    console = output()
    was = "" if result.previous_rank is None else f"[dim]{result.previous_rank} → [/]"
    console.print(f"{was}[bold]{result.hit.rank}[/] ", link_path(result.hit.path))
    for mark in result.mark_influences:
        if mark.id in paths:
            arrow = _arrow(mark.weight > 0, f"{abs(mark.weight):.1f}")
            console.print(f"  {arrow}  like {_mark_symbol(mark.mark)}", link_path(paths[mark.id]))
    for term in result.term_influences:
        arrow = _arrow(term.weight > 0, f"{abs(term.weight):.1f}")
        console.print(f"  {arrow}  by", Text(one_line(term.text)))
    for match in result.matched_via:
        how = "moved towards" if match.by == "moved" else "also found by"
        console.print(f"  {how}: {one_line('; '.join(match.texts))}", markup=False)


def _mark_symbol(mark: "Kind | None") -> str:
    sign, style = _DRAWN[mark]
    return f"[{style}]{sign}[/]" if sign else ""


def _arrow(is_up: bool, text: str) -> str:
    return f"[green]↑ {text}[/]" if is_up else f"[red]↓ {text}[/]"


def _format_move(before: int | None, rank: int) -> str:
    if before is None:
        return "[cyan]back[/]"
    return "[dim]=[/]" if before == rank else _arrow(before > rank, str(before))


def _count_marks(round_: "Round") -> str:
    marks = round_.marks
    given = {"+": len(marks.relevant), "-": len(marks.irrelevant), "=": marks.found is not None}
    return " ".join(f"{sign}{int(count)}" for sign, count in given.items() if count)


def show_saved(collection: "Collection") -> None:
    """Write the saved sessions, the one that was changed last first."""
    from firs.session.document import query_from_json

    sessions = collection.sessions.records()
    records = [(each, one_line(str(query_from_json(each.document)))) for each in sessions]
    if not records:
        say('There are no sessions yet. Start one: firs session "a black cat"')
    elif not is_terminal():
        for each, query in records:
            changed = each.changed_at.isoformat(timespec="seconds")
            write_row(each.id, changed, each.rounds, query)
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
            raise InputError(f"{file} already exists; name a new file.")


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
        raise InputError(f"{file} is not a session exported by QT-FIRS ({error}).") from error
