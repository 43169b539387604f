"""Tables of figures on stdout: drawn for a person, Markdown when piped."""

import sys
from typing import TYPE_CHECKING

from firs.cli.console import is_terminal, output

if TYPE_CHECKING:
    from rich.table import Table as Drawing

    from firs.evaluation.tables import Table


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
