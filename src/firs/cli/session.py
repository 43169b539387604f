"""``firs session``: a search in rounds; what was marked leads to the next."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import Stopped, is_terminal, one_line, say
from firs.cli.options import ReadFrom
from firs.cli.query_args import QueryArgs
from firs.cli.rounds import read_document, require_new, show_saved, write_new
from firs.cli.search import Examples, Likes, NotExamples, Nots, Strategy, Weights, Words
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.cli.repl import Dialogue
    from firs.collection import Collection
    from firs.session import Session

EncoderName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Whose vectors to search, where the collection has several. Otherwise: the first's.",
        show_default=False,
    ),
]
HowMany: TypeAlias = Annotated[
    int, typer.Option("-k", metavar="N", min=1, help="How many images a page.")
]
Opened: TypeAlias = Annotated[
    str | None,
    typer.Option("--open", metavar="ID", help="Go on with a saved session.", show_default=False),
]
Replayed: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--replay",
        metavar="FILE",
        help="Do again what an exported session tells of, and go on.",
        show_default=False,
    ),
]
Listed: TypeAlias = Annotated[bool, typer.Option("--list", help="List the saved sessions.")]
Forgotten: TypeAlias = Annotated[
    str | None,
    typer.Option("--forget", metavar="ID", help="Remove a saved session.", show_default=False),
]
Exported: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--export", metavar="FILE", help="Write the session as JSON, and leave.", show_default=False
    ),
]
AsRun: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--run",
        metavar="FILE",
        help="Write its rounds as a TREC run, and leave.",
        show_default=False,
    ),
]


def session(
    words: Words = None,
    image: Examples = None,
    like: Likes = None,
    nots: Nots = None,
    not_image: NotExamples = None,
    weight: Weights = None,
    strategy: Strategy = None,
    k: HowMany = 20,
    opened: Opened = None,
    replay: Replayed = None,
    listed: Listed = False,
    forget: Forgotten = None,
    export: Exported = None,
    run: AsRun = None,
    encoder: EncoderName = None,
    collection: ReadFrom = None,
) -> None:
    r"""Search in rounds: mark what fits and what does not, and search again with that.

    Everything is saved as it is typed. Type ? for what can be typed; without a terminal the
    commands are read from stdin.

    Examples:
      firs session "a dog on a beach"
      firs session --list
      firs session --open k3m9x2p7qa
      firs session --open k3m9x2p7qa --export dogs.json
      printf '+1 3\n-2\nnext\n' | firs session "a dog on a beach" -k 5
    """
    from firs.cli.options import collection_to_read, option_for
    from firs.collection import Collection

    asked = QueryArgs(
        " ".join(words) if words else None,
        image or [],
        like or [],
        nots or [],
        not_image or [],
        weight or [],
    )
    _require_one(asked, opened, replay, forget, listed=listed)
    require_new(export, run)
    with Collection(collection_to_read(collection), encoder, create=False) as searched:
        if listed:
            show_saved(searched)
        elif forget is not None:
            searched.sessions.forget(forget)
            say(f"The session {forget} is forgotten.")
        else:
            begun = _start_session(searched, asked, strategy, opened, replay)
            _tell(begun)
            if export is None and run is None:
                _talk(begun, k, option_for(searched.location))
            if export is not None:
                write_new(export, json.dumps(begun.to_json(), allow_nan=False) + "\n")
            if run is not None:
                write_new(run, begun.trec_run())


def _require_one(
    asked: QueryArgs, opened: str | None, replay: Path | None, forget: str | None, *, listed: bool
) -> None:
    """Check that exactly one action is requested.

    Raises:
        InputError: several are, or none is.
    """
    wanted = {
        "a query": asked != QueryArgs(None, [], [], [], [], asked.weights),
        "--open": opened is not None,
        "--replay": replay is not None,
        "--forget": forget is not None,
        "--list": listed,
    }
    given = [name for name, is_given in wanted.items() if is_given]
    if len(given) > 1:
        raise InputError(f"Choose one of {' and '.join(given)}.")
    if not given:
        raise InputError(
            'Say what to look for, as in: firs session "a black cat"; or --open one of --list.'
        )


def _start_session(
    collection: "Collection",
    asked: QueryArgs,
    strategy: str | None,
    opened: str | None,
    replay: Path | None,
) -> "Session":
    from firs.search import DEFAULT
    from firs.session import Session

    if opened is not None:
        return Session.open(collection, opened)
    if replay is not None:
        return Session.replay(collection, read_document(replay))
    return Session.start(collection, asked.query(), strategy=strategy or DEFAULT)


def _tell(begun: "Session") -> None:
    for remark in begun.warnings:
        say(one_line(remark))
    if not is_terminal():
        sys.stdout.write(f"# session {begun.id or '-'}\t{one_line(str(begun.query))}\n")


def _talk(begun: "Session", page: int, option: str) -> None:
    """Run the prompt; at its end or on Ctrl-C, print how to resume the session.

    Raises:
        Stopped: Ctrl-C was pressed.
    """
    from firs.cli.repl import Dialogue

    dialogue = Dialogue(begun, page)
    try:
        dialogue.run(_input_lines(dialogue), forgiving=sys.stdin.isatty())
    except KeyboardInterrupt:
        raise Stopped(f"\n{_way_back(dialogue.session, option)}") from None
    say(_way_back(dialogue.session, option))


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


def _way_back(begun: "Session", option: str) -> str:
    if not begun.id:
        return "This session was not saved."
    return f"Saved. Come back with: firs session --open {begun.id}{option}"
