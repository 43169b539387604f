"""What all commands share in speaking to a person: streams, numbers, names."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from firs.sources.paths import as_url, is_url

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    from firs.evaluation.tables import Table


class Stopped(Exception):
    """A command was stopped by Ctrl-C; the message describes the completed part."""


def output() -> "Console":
    """Return a Rich console on stdout."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def messages() -> "Console":
    """Return a Rich console on stderr: for progress and warnings, not for results."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, stderr=True)


def say(line: str) -> None:
    """Write a line to stderr, so that stdout has results and nothing else."""
    sys.stderr.write(f"{line}\n")


def is_terminal() -> bool:
    """Return whether stdout is a terminal."""
    return sys.stdout.isatty()


def has_windows() -> bool:
    """Return whether a window can be opened here."""
    return sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))


def one_line(text: str) -> str:
    r"""Show unprintable characters, including line breaks, as escapes.

    >>> one_line("two\nlines")
    'two\\nlines'
    """
    return "".join(
        mark if mark.isprintable() else mark.encode("unicode_escape", "surrogatepass").decode()
        for mark in text
    )


def format_path(path: Path) -> str:
    """Write a path as a person would type it from here, or in full where that is shorter."""
    try:
        return one_line(str(path.relative_to(Path.cwd())))
    except ValueError:
        return one_line(str(path))


def link_path(path: Path) -> "Text":
    """Format a path as a clickable link for a terminal."""
    from rich.text import Text

    link = as_url(str(path)) if is_url(str(path)) else path.absolute().as_uri()
    return Text(format_path(path), style=f"link {link}")


Report = Callable[[int, int], None]
"""How much is done, and of how much."""

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""


def progress(verb: str) -> AbstractContextManager[Report]:
    """Show the progress of ``verb`` on stderr while the body reports it.

    >>> with progress("drawing") as report:  # doctest: +SKIP
    ...     report(1, 400)
    """
    return _bar(verb) if sys.stderr.isatty() else _lines(verb)


@contextmanager
def _bar(verb: str) -> Iterator[Report]:
    from rich import progress as rich

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.TextColumn("{task.fields[count]}"),
        rich.TimeRemainingColumn(),
    )
    start = monotonic()
    with rich.Progress(*columns, console=messages(), transient=True) as bar:
        task = bar.add_task(verb, total=None, count="")

        def report(done: int, total: int) -> None:
            count = f"{done:,} of {total:,}, {_rate(done, monotonic() - start):.0f}/s"
            bar.update(task, completed=done, total=total, count=count)

        yield report


@contextmanager
def _lines(verb: str) -> Iterator[Report]:
    start = told = monotonic()

    def report(done: int, total: int) -> None:
        nonlocal told
        now = monotonic()
        if now - told >= EVERY:
            told, rate = now, _rate(done, now - start)
            left = f", {(total - done) / rate:.0f} s left" if rate else ""
            sys.stderr.write(f"{verb}: {done:,} of {total:,}, {rate:.0f}/s{left}\n")

    yield report


def _rate(done: int, seconds: float) -> float:
    return done / max(seconds, 1e-6)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """Show one step after the other, each with a bar of its own."""
    with ExitStack() as stack:
        current: dict[str, Report] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in current:
                current.clear()
                stack.close()
                current[what] = stack.enter_context(progress(what))
            current[what](done, total)

        yield report


def show_table(table: "Table") -> None:
    """Write a table to stdout; no figure is ever cut, so a narrow terminal wraps lines."""
    if not is_terminal():
        sys.stdout.write(table.markdown() + "\n")
        return
    from rich.text import Text

    console = output()
    drawing = _drawing(table)
    least = drawing.__rich_measure__(console, console.options).minimum
    console.print(drawing, width=max(console.width, least), crop=False, soft_wrap=False)
    for note in table.notes:
        console.print(Text(f"  {note}", style="dim"), soft_wrap=False)
    console.print()


def _drawing(table: "Table") -> "Drawing":
    from rich import box
    from rich.table import Table as Drawing
    from rich.text import Text

    drawing = Drawing(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    drawing.padding = (0, 1, 0, 0)
    for number, column in enumerate(table.columns):
        cells = [row[number] for row in table.rows]
        widest = max(map(len, [*cells, *column.split()]), default=0)
        drawing.add_column(column, justify="right" if number else "left", min_width=widest)
    for row in table.rows:
        drawing.add_row(*map(Text, row))
    return drawing
