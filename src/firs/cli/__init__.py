"""The command line; ``firs.cli.commands`` lists the commands."""

from firs.cli.commands import main, run

__all__ = ["main", "run"]
