"""The command ``firs``: run a command by its name, and report any error in one line.

Each command is a function in one of the other modules, imported when it runs or when all are
listed. Its parameters are dataclasses of options.
"""

import gc
import inspect
import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import MISSING, fields
from typing import Annotated, Any, get_type_hints

import typer
from typer.core import TyperGroup

from firs import __version__
from firs.cli.console import Stopped, one_line, say
from firs.errors import FirsError
from firs.registry import Registry

COMMANDS: Registry[Callable[..., None]] = Registry(
    "command",
    {
        "index": "firs.cli.index:index",
        "search": "firs.cli.search:search",
        "explain": "firs.cli.explain:explain",
        "session": "firs.cli.session:session",
        "serve": "firs.cli.serve:serve",
        "tag": "firs.cli.tag:tag",
        "caption": "firs.cli.caption:caption",
        "calibrate": "firs.cli.scoring:calibrate",
        "expand": "firs.cli.scoring:expand",
        "log": "firs.cli.log:log",
        "info": "firs.cli.info:info",
        "sample": "firs.cli.sample:sample",
        "encoders": "firs.cli.encoders:encoders",
        "vectors": "firs.cli.transfer:vectors",
        "migrate": "firs.cli.transfer:migrate",
        "evaluate": "firs.cli.evaluate:evaluate",
    },
)

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""The error that Typer raises for an invalid command line; it exports only one kind of it."""

FAILED, MISUSED, STOPPED = 1, 2, 130
"""Exit codes."""


def main() -> None:
    """Run the command line of this process and leave with its exit code.

    File names of any bytes can be printed, and warnings are one line each, on stderr. Objects of
    the imported libraries live until the end, so the garbage collector seldom looks for others;
    without ``freeze`` it would spend a tenth of a second on all of them at the end.
    """
    gc.set_threshold(100_000, 20, 20)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            utf = stream.encoding.lower().startswith("utf")
            stream.reconfigure(errors="surrogateescape" if utf else "backslashreplace")
    logging.basicConfig(format="warning: %(message)s")
    code = run(sys.argv[1:])
    gc.freeze()
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        Its exit code: 0 done; 1 failed, with one line on stderr that begins with ``error:``;
        2 invalid command line, with the same; 130 stopped by Ctrl-C.

    >>> run(["--version"])  # doctest: +SKIP
    """
    try:
        code = command_line().main(list(arguments), prog_name="firs", standalone_mode=False)
        sys.stdout.flush()
    except FirsError as error:
        say(f"error: {one_line(str(error))}")
        return FAILED
    except UsageError as error:
        message = one_line(error.format_message())
        end = "" if message.endswith((".", "?")) else "."
        command = error.ctx.command_path if error.ctx else "firs"
        say(f"error: {message}{end} See: {command} --help")
        return MISUSED
    except (KeyboardInterrupt, Stopped) as stop:
        say(str(stop) or "Stopped.")
        return STOPPED
    except BrokenPipeError:
        # the reader of stdout is gone; without this Python would complain when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    if code == STOPPED:
        say("Stopped.")
    return int(code or 0)


class _LazyGroup(TyperGroup):
    """A group whose commands come from the registry."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        names: dict[str, Any] = dict.fromkeys(COMMANDS)
        self.commands = names  # a typo is compared with these

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _load_command(cmd_name) if cmd_name in COMMANDS else None


def command_line() -> Any:
    """Build the command ``firs``; its subcommands are imported on first use."""
    app = _typer(cls=_LazyGroup)
    app.callback(invoke_without_command=True, help=_help(_firs))(_firs)
    return typer.main.get_command(app)


def _load_command(name: str) -> Any:
    function = COMMANDS.load(name)
    app = _typer()
    app.command(name, help=_help(function))(_flatten_options(function))
    return typer.main.get_command(app)


def _typer(**settings: Any) -> typer.Typer:
    return typer.Typer(
        add_completion=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
        **settings,
    )


def _help(function: Callable[..., None]) -> str:
    """Return the docstring with its example lines unwrapped: a backspace is Click's mark."""
    return (inspect.getdoc(function) or "").replace("\n\nExamples:\n", "\n\n\b\nExamples:\n")


def _flatten_options(function: Callable[..., None]) -> Callable[..., None]:
    """Return a command for Typer, with the fields of its dataclasses of options as parameters."""
    groups = get_type_hints(function)
    del groups["return"]

    def fill(kind: Any, values: dict[str, Any]) -> Any:
        return kind(**{each.name: values[each.name] for each in fields(kind)})

    def run(**values: Any) -> None:
        function(*(fill(kind, values) for kind in groups.values()))

    parameters = [each for kind in groups.values() for each in _parameters_of(kind)]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    vars(run)["__signature__"] = inspect.Signature(parameters)
    return run


def _parameters_of(kind: Any) -> Iterator[inspect.Parameter]:
    hints = get_type_hints(kind)
    for each in fields(kind):
        yield inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if each.default is MISSING else each.default,
            annotation=Annotated[hints[each.name], each.metadata["typer"]],
        )


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"firs {__version__}")
        raise typer.Exit


def _firs(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Find pictures in your own folders by a description, or by a similar picture.

    Examples:
      firs index ~/Pictures
      firs search "a black cat on a wooden bench"
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
