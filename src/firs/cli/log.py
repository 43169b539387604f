"""``firs log``: log queries and marks, if the owner enables it."""

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import one_line, say
from firs.cli.options import ReadFrom

if TYPE_CHECKING:
    from firs.collection.querylog import QueryLog


class LogAction(StrEnum):
    """Action on the log."""

    ON = "on"
    OFF = "off"
    SHOW = "show"
    CLEAR = "clear"


What: TypeAlias = Annotated[LogAction, typer.Argument()]


def log(what: What = LogAction.SHOW, collection: ReadFrom = None) -> None:
    """Record queries and marks in the collection, for firs expand; or print or clear the log.

    It is off until it is turned on, and never leaves the collection's folder.

    Examples:
      firs log on
      firs log show
      firs log off
      firs log clear
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    with Collection(collection_to_read(collection), create=False) as opened:
        _ACTIONS[what](opened.log)


def _on(kept: "QueryLog") -> None:
    kept.on()
    sys.stdout.write("What is asked and marked is noted from now on. Stop it: firs log off\n")


def _off(kept: "QueryLog") -> None:
    kept.off()
    sys.stdout.write("Nothing is noted any more. Forget what was: firs log clear\n")


def _show(kept: "QueryLog") -> None:
    on = kept.is_on
    say("Noting is on." if on else "Noting is off. Turn it on: firs log on")
    for each in kept.records():
        image = "" if each.image is None else each.image
        at = each.at.strftime("%Y-%m-%d %H:%M")
        sys.stdout.write(f"{at}\t{each.kind}\t{image}\t{one_line(each.text)}\n")


def _clear(kept: "QueryLog") -> None:
    sys.stdout.write(f"{kept.clear():,} lines forgotten.\n")


_ACTIONS = {
    LogAction.ON: _on,
    LogAction.OFF: _off,
    LogAction.SHOW: _show,
    LogAction.CLEAR: _clear,
}
