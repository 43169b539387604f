"""Progress of long work: a bar on a terminal, otherwise an occasional line."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from time import monotonic

from firs.cli.console import messages

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
