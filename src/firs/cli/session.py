"""``firs session``: a search in rounds, each ranked by the marks given before."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import Stopped, is_terminal, one_line, say
from firs.cli.options import EncoderArgs, PlaceArgs, QueryArgs, flag, option, option_for
from firs.cli.rounds import read_document, require_new, show_saved, write_new
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.cli.repl import Dialogue
    from firs.collection import Collection
    from firs.session import Session


@dataclass(frozen=True, slots=True)
class SessionArgs:
    """Which session, a new one by default, and how it is shown."""

    strategy: str | None = option("NAME", "The query strategy of the first round.")
    k: int = option("N", "How many images per page.", "-k", default=20, min=1)
    opened: str | None = option("ID", "Continue a saved session.", "--open")
    replay: Path | None = option("FILE", "Repeat an exported session, and continue it.")
    listed: bool = flag("List the saved sessions.", "--list")
    forget: str | None = option("ID", "Remove a saved session.")
    export: Path | None = option("FILE", "Write the session as JSON, and exit.")
    run: Path | None = option("FILE", "Write its rounds as a TREC run, and exit.")

    def require_one(self, query: QueryArgs) -> None:
        """Check that exactly one action is requested.

        Raises:
            InputError: several are, or none is.
        """
        requested = {
            "a query": replace(query, weight=None) != QueryArgs(),
            "--open": self.opened is not None,
            "--replay": self.replay is not None,
            "--forget": self.forget is not None,
            "--list": self.listed,
        }
        given = [name for name, is_given in requested.items() if is_given]
        if len(given) > 1:
            raise InputError(f"Choose one of {' and '.join(given)}.")
        if not given:
            raise InputError(
                'Describe what to find, as in: firs session "a black cat"; or --open one of --list.'
            )

    def start(self, collection: "Collection", query: QueryArgs) -> "Session":
        """Start, open or replay the session."""
        from firs.search import DEFAULT
        from firs.session import Session

        if self.opened is not None:
            return Session.open(collection, self.opened)
        if self.replay is not None:
            return Session.replay(collection, read_document(self.replay))
        return Session.start(collection, query.query(), strategy=self.strategy or DEFAULT)


def session(query: QueryArgs, options: SessionArgs, encoder: EncoderArgs, place: PlaceArgs) -> None:
    r"""Search in rounds: mark relevant and irrelevant results, and search again with these marks.

    Every command is saved as it is typed. Type ? for a list of the commands; without a terminal
    they are read from stdin.

    Examples:
      firs session "a dog on a beach"
      firs session --list
      firs session --open k3m9x2p7qa
      firs session --open k3m9x2p7qa --export dogs.json
      printf '+1 3\n-2\nnext\n' | firs session "a dog on a beach" -k 5
    """
    options.require_one(query)
    require_new(options.export, options.run)
    with place.open(encoder.encoder) as opened:
        if options.listed:
            show_saved(opened)
            return
        if options.forget is not None:
            opened.sessions.forget(options.forget)
            say(f"The session {options.forget} is removed.")
            return
        current = options.start(opened, query)
        _show_header(current)
        if options.export is None and options.run is None:
            _run_prompt(current, options.k, option_for(opened.location))
        if options.export is not None:
            write_new(options.export, json.dumps(current.to_json(), allow_nan=False) + "\n")
        if options.run is not None:
            write_new(options.run, current.trec_run())


def _show_header(session: "Session") -> None:
    for warning in session.warnings:
        say(one_line(warning))
    if not is_terminal():
        sys.stdout.write(f"# session {session.id or '-'}\t{one_line(session.summary)}\n")


def _run_prompt(session: "Session", page: int, option: str) -> None:
    """Run the prompt; at its end or on Ctrl-C, print how to resume the session.

    Raises:
        Stopped: Ctrl-C was pressed.
    """
    from firs.cli.repl import Dialogue

    dialogue = Dialogue(session, page)
    try:
        dialogue.run(_input_lines(dialogue), forgiving=sys.stdin.isatty())
    except KeyboardInterrupt:
        raise Stopped(f"\n{_how_to_resume(dialogue.session, option)}") from None
    say(_how_to_resume(dialogue.session, option))


def _input_lines(dialogue: "Dialogue") -> Iterator[str]:
    """Yield the lines of a script, or the lines typed by a person."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    with suppress(ImportError):
        import readline  # noqa: F401, it lets a line be edited
    while True:
        try:
            yield input(f"round {dialogue.session.round.number}> ")
        except EOFError:
            sys.stdout.write("\n")
            return


def _how_to_resume(session: "Session", option: str) -> str:
    if not session.id:
        return "This session was not saved."
    return f"Saved. Continue with: firs session --open {session.id}{option}"
