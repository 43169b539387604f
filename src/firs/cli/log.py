"""``firs log``: log queries and marks, if the owner enables it."""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from firs.cli.console import say, write_row
from firs.cli.options import PlaceArgs, argument

if TYPE_CHECKING:
    from firs.collection.querylog import QueryLog


class LogAction(StrEnum):
    """Action on the log."""

    ON = "on"
    OFF = "off"
    SHOW = "show"
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class LogArgs:
    """What to do with the log."""

    action: LogAction = argument("ACTION", "on, off, show or clear.", default=LogAction.SHOW)


def log(options: LogArgs, place: PlaceArgs) -> None:
    """Log queries and marks in the collection, for firs expand; or print or clear the log.

    It is off until it is turned on, and never leaves the collection's folder.

    Examples:
      firs log on
      firs log show
      firs log off
      firs log clear
    """
    with place.open() as opened:
        match options.action:
            case LogAction.ON:
                opened.log.on()
                sys.stdout.write("Queries and marks are logged now. Stop it: firs log off\n")
            case LogAction.OFF:
                opened.log.off()
                sys.stdout.write("Logging is off. Clear the log: firs log clear\n")
            case LogAction.CLEAR:
                sys.stdout.write(f"Records removed: {opened.log.clear():,}\n")
            case LogAction.SHOW:
                _show(opened.log)


def _show(log: "QueryLog") -> None:
    say("The log is on." if log.is_on else "The log is off. Turn it on: firs log on")
    for each in log.records():
        image = "" if each.image is None else each.image
        write_row(f"{each.at:%Y-%m-%d %H:%M}", each.kind, image, each.text)
