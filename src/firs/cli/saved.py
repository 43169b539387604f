"""Saved sessions on stdout and in files."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firs.cli.console import is_terminal, one_line, output, say
from firs.errors import InputError, StorageError

if TYPE_CHECKING:
    from firs.collection import Collection


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
