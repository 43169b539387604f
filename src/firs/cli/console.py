"""Output to a person or a program: streams, progress, tables, JSON and pictures."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from firs.errors import InputError, StorageError
from firs.sources.paths import as_url, is_url

if TYPE_CHECKING:
    from PIL import Image
    from rich.console import Console
    from rich.table import Table as RichTable
    from rich.text import Text

    from firs.evaluation.tables import Table
    from firs.ranking import Ranking

REPORT_INTERVAL = 10.0
"""Seconds between two lines of progress where there is no terminal."""

Report = Callable[[int, int], None]
"""A callback for progress: the number of completed items, and their total."""


class Stopped(Exception):
    """A command was stopped by Ctrl-C; the message describes the completed part."""


def output(*, stderr: bool = False) -> "Console":
    """Return a Rich console on stdout, or on stderr for progress and warnings."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True, stderr=stderr)


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


def write_row(*cells: object) -> None:
    """Write a line of cells to stdout, separated by tabs."""
    sys.stdout.write("\t".join(one_line(str(cell)) for cell in cells) + "\n")


def format_path(path: Path) -> str:
    """Format a path relative to the current folder, or in full if it is elsewhere."""
    try:
        return one_line(str(path.relative_to(Path.cwd())))
    except ValueError:
        return one_line(str(path))


def link_path(path: Path) -> "Text":
    """Format a path as a clickable link for a terminal."""
    from rich.text import Text

    link = as_url(str(path)) if is_url(str(path)) else path.absolute().as_uri()
    return Text(format_path(path), style=f"link {link}")


def write_json(value: Any, *, indent: int = 2, file: Path | None = None) -> None:
    """Write a value as JSON to a file, or to stdout.

    Raises:
        InputError: the file cannot be written.
    """
    text = json.dumps(value, indent=indent) + "\n"
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"Cannot write {file}: {error.strerror or error}.") from error


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
    with rich.Progress(*columns, console=output(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None, count="")

        def report(done: int, total: int) -> None:
            count = f"{done:,} of {total:,}, {_rate(done, monotonic() - start):.0f}/s"
            bar.update(task, completed=done, total=total, count=count)

        yield report


@contextmanager
def _lines(verb: str) -> Iterator[Report]:
    start = reported = monotonic()

    def report(done: int, total: int) -> None:
        nonlocal reported
        now = monotonic()
        if now - reported >= REPORT_INTERVAL:
            reported, rate = now, _rate(done, now - start)
            left = f", {(total - done) / rate:.0f} s left" if rate else ""
            say(f"{verb}: {done:,} of {total:,}, {rate:.0f}/s{left}")

    yield report


def _rate(done: int, seconds: float) -> float:
    return done / max(seconds, 1e-6)


@contextmanager
def steps() -> Iterator[Callable[[str, int, int], None]]:
    """Show one step after the other, each with its own bar."""
    with ExitStack() as stack:
        current: dict[str, Report] = {}

        def report(verb: str, done: int, total: int) -> None:
            if verb not in current:
                current.clear()
                stack.close()
                current[verb] = stack.enter_context(progress(verb))
            current[verb](done, total)

        yield report


def make_table(*sides: Any, names: Sequence[str] = (), **style: Any) -> "RichTable":
    """Return an empty table for a terminal.

    Args:
        sides: the alignment of each column: ``left`` or ``right``.
        names: the titles of the columns; without them there is no header.
        style: further arguments of ``rich.table.Table``.
    """
    from rich.table import Table

    defaults: dict[str, Any] = {"box": None, "pad_edge": False, "header_style": "dim"}
    table = Table(show_header=bool(names), **(defaults | style))
    for side, name in zip(sides, names or [""] * len(sides), strict=True):
        table.add_column(name, justify=side, overflow="fold")
    return table


def show_table(table: "Table") -> None:
    """Write a table to stdout; no figure is ever cut, so a narrow terminal wraps lines."""
    if not is_terminal():
        sys.stdout.write(table.markdown() + "\n")
        return
    from rich.text import Text

    console = output()
    drawn = _to_rich(table)
    least = drawn.__rich_measure__(console, console.options).minimum
    console.print(drawn, width=max(console.width, least), crop=False, soft_wrap=False)
    for note in table.notes:
        console.print(Text(f"  {note}", style="dim"), soft_wrap=False)
    console.print()


def _to_rich(table: "Table") -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    drawn = RichTable(title=table.title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    drawn.padding = (0, 1, 0, 0)
    for number, column in enumerate(table.columns):
        cells = [row[number] for row in table.rows]
        widest = max(map(len, [*cells, *column.split()]), default=0)
        drawn.add_column(column, justify="right" if number else "left", min_width=widest)
    for row in table.rows:
        drawn.add_row(*map(Text, row))
    return drawn


SHEET_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def check_sheet(file: Path) -> None:
    """Check, before any work, that a sheet can be written to ``file``.

    Raises:
        InputError: its suffix names no image format, or its folder does not exist.
    """
    if file.suffix.lower() not in SHEET_SUFFIXES:
        raise InputError(f"A sheet cannot be saved as {file}; let its name end in .jpg or .png.")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file} cannot be written: there is no folder {file.parent}.")


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
