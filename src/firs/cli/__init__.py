"""The command line: ``main`` runs it and turns any error into one line.

Every command is one file with one function of the command's name; ``commands.py`` lists them.
"""

import io
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

from firs.cli.commands import UsageError, command_line
from firs.cli.console import Stopped, one_line
from firs.errors import FirsError

__all__ = ["main", "run"]

FAILED, MISUSED, STOPPED = 1, 2, 130


def main() -> None:
    """Run the command line of this process and leave with its exit code."""
    _prepare()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Its exit code: 0 done; 1 failed, with one line on stderr that begins with ``error:``;
        2 not understood, with the same; 130 stopped by Ctrl-C.

    >>> run(["--version"])  # doctest: +SKIP
    """
    try:
        code = command_line().main(list(arguments), prog_name="firs", standalone_mode=False)
        sys.stdout.flush()
    except FirsError as error:
        return _say(f"error: {one_line(str(error))}", FAILED)
    except UsageError as error:
        return _say(f"error: {_misuse(error)}", MISUSED)
    except (KeyboardInterrupt, Stopped) as stop:
        return _say(str(stop) or "Stopped.", STOPPED)
    except BrokenPipeError:
        # what read us has gone; without this Python would complain when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return _say("Stopped.", STOPPED) if code == STOPPED else int(code or 0)


def _misuse(error: Any) -> str:
    what = one_line(error.format_message())
    end = "" if what.endswith((".", "?")) else "."
    return f"{what}{end} See: {error.ctx.command_path if error.ctx else 'firs'} --help"


def _say(line: str, code: int) -> int:
    sys.stderr.write(f"{line}\n")
    return code


def _prepare() -> None:
    """File names of any bytes can be printed, and warnings are one line each, on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            utf = stream.encoding.lower().startswith("utf")
            stream.reconfigure(errors="surrogateescape" if utf else "backslashreplace")
    logging.basicConfig(format="warning: %(message)s")
