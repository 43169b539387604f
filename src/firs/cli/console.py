"""What all commands share in speaking to a person: streams, numbers, names."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from firs.sources.names import as_url, is_url

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


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
