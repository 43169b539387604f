"""Rounds of a session on stdout: drawn for a person, lines with tabs between when piped."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import is_terminal, link_path, one_line, output, say
from firs.errors import InputError, StorageError

if TYPE_CHECKING:
    from rich.table import Table

    from firs.collection import Collection
    from firs.expansion import ExpansionMatch
    from firs.session import (
        Change,
        Comparison,
        MarkInfluence,
        Result,
        Round,
        Session,
        TermInfluence,
    )
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
    told = query if round_.parent is None else round_.summary
    if not is_terminal():
        sys.stdout.write(f"# round {round_.number}\t{round_.method}\t{one_line(told)}\n")
        return
    from rich.text import Text

    after = "" if round_.parent is None else f" after {round_.parent.number}"
    head = Text(f"\nround {round_.number}", style="bold")
    head.append(f"{after} · {round_.method} · {len(round_):,} images\n", style="not bold dim")
    output().print(head.append(one_line(told), style="not bold"))


def show_results(results: Sequence["Result"], round_: "Round") -> None:
    """Write rank, the rank before, the mark and the image of each."""
    if not is_terminal():
        for each in results:
            told = f"{each.hit.rank}\t{each.previous_rank or '-'}\t{SIGNS[each.mark]}"
            sys.stdout.write(f"{told}\t{one_line(str(each.hit.path))}\n")
        return
    is_first = round_.parent is None
    table = _grid("right", "left", "left") if is_first else _moves()
    for each in results:
        was = [] if is_first else [_was(each.previous_rank, each.hit.rank)]
        path = link_path(each.hit.path)
        if each.seen and each.mark is None:
            path.stylize("dim")
        table.add_row(str(each.hit.rank), *was, _mark_symbol(each.mark), path)
    output().print(table)


def show_comparison(told: "Comparison", paths: Mapping[int, Path]) -> None:
    """Write what came, rose, fell and left, with both ranks of each."""
    for kind in ("came", "rose", "fell", "left"):
        changes: Sequence[Change] = getattr(told, kind)
        if not is_terminal():
            _write_changes(kind, changes, paths)
        elif changes:
            output().print(f"\n[bold]{kind}[/] [dim]{len(changes)}[/]")
            output().print(_changes(changes, paths))


def show_rounds(session: "Session") -> None:
    """Write all rounds, which came after which, and how many marks were given on each."""
    rows = [
        (
            str(each.number),
            "-" if each.parent is None else str(each.parent.number),
            each.method,
            _marks(each),
            one_line(each.summary),
        )
        for each in session.rounds
    ]
    if not is_terminal():
        sys.stdout.writelines("\t".join(row) + "\n" for row in rows)
        return
    table = _grid(
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
    for words in result.matched_via:
        sys.stdout.write(f"{words.added:+.3f}\t{words.by}\t{_texts(words)}\n")
    for each in result.mark_influences:
        path = one_line(str(paths.get(each.id, "")))
        sys.stdout.write(f"{each.weight:+.2f}\t{SIGNS[each.mark]}\t{path}\n")
    for word in result.term_influences:
        sys.stdout.write(f"{word.weight:+.2f}\tadded\t{one_line(word.text)}\n")


def _write_why(result: "Result", paths: Mapping[int, Path]) -> None:
    from rich.text import Text

    was = "" if result.previous_rank is None else f"[dim]{result.previous_rank} → [/]"
    output().print(f"{was}[bold]{result.hit.rank}[/] ", link_path(result.hit.path))
    for each in result.mark_influences:
        if each.id in paths:
            output().print(
                f"  {_push(each)}  like {_mark_symbol(each.mark)}", link_path(paths[each.id])
            )
    for word in result.term_influences:
        output().print(f"  {_push(word)}  by", Text(one_line(word.text)))
    for words in result.matched_via:
        how = "moved towards" if words.by == "moved" else "also found by"
        output().print(f"  {how}: {_texts(words)}", markup=False)


def _texts(through: "ExpansionMatch") -> str:
    return "; ".join(one_line(text) for text in through.texts)


def _mark_symbol(mark: "Kind | None") -> str:
    sign, style = _DRAWN[mark]
    return f"[{style}]{sign}[/]" if sign else ""


def _push(because: "MarkInfluence | TermInfluence") -> str:
    """Format how strongly a mark or a term raised or lowered a result."""
    arrow, style = ("↑", "green") if because.weight > 0 else ("↓", "red")
    return f"[{style}]{arrow} {abs(because.weight):.1f}[/]"


def _was(before: int | None, rank: int) -> str:
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


def _changes(changes: Iterable["Change"], paths: Mapping[int, Path]) -> "Table":
    table = _grid("right", "left", "right", "left")
    for each in changes:
        if each.id in paths:
            table.add_row(
                str(each.previous_rank or "-"),
                "→",
                str(each.new_rank or "-"),
                link_path(paths[each.id]),
            )
    return table


def _marks(round_: "Round") -> str:
    marks = round_.marks
    given = {"+": len(marks.relevant), "-": len(marks.irrelevant), "=": marks.found is not None}
    return " ".join(f"{sign}{int(count)}" for sign, count in given.items() if count)


def _moves() -> "Table":
    return _grid("right", "right", "left", "left", names=("", "was", "", ""))


def _grid(*sides: Any, names: Sequence[str] = ()) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, show_header=bool(names), header_style="dim")
    for side, name in zip(sides, names or [""] * len(sides), strict=True):
        table.add_column(name, justify=side, overflow="fold")
    return table


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
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("id", no_wrap=True)
        table.add_column("changed", no_wrap=True)
        table.add_column("rounds", justify="right")
        table.add_column("query", overflow="fold")
        for each, query in records:
            changed = f"{each.changed_at.astimezone():%Y-%m-%d %H:%M}"
            table.add_row(each.id, changed, str(each.rounds), Text(query))
        output().print(table)


def require_new(*files: Path | None) -> None:
    """Make sure, before any work, that no file is there already.

    Raises:
        InputError: one is.
    """
    for file in files:
        if file is not None and file.exists():
            raise InputError(f"{file} is there already; name a new file.")


def write_new(file: Path, told: str) -> None:
    """Write a file, whole or not at all.

    Raises:
        StorageError: it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_text(told, "utf-8")
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"{file} cannot be written ({error.strerror}).") from error
    say(f"Written: {file}")


def read_document(file: Path) -> Any:
    """Read an exported session.

    Raises:
        InputError: the file cannot be read, or is no JSON.
    """
    try:
        return json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file} is no session that QT-FIRS wrote ({error}).") from error
