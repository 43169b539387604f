"""The commands by name; each is imported when it is run, or when all are listed."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from firs import __version__
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
        "calibrate": "firs.cli.calibrate:calibrate",
        "expand": "firs.cli.expand:expand",
        "log": "firs.cli.log:log",
        "info": "firs.cli.info:info",
        "sample": "firs.cli.sample:sample",
        "encoders": "firs.cli.encoders:encoders",
        "vectors": "firs.cli.vectors:vectors",
        "migrate": "firs.cli.migrate:migrate",
        "evaluate": "firs.cli.evaluate:evaluate",
    },
)

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""What Typer raises when it does not understand; it exports only one kind of it."""


class _Lazy(TyperGroup):
    """A group with lazily imported commands from the registry."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        names: dict[str, Any] = dict.fromkeys(COMMANDS)
        self.commands = names  # a typo is compared with these

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        return _command(cmd_name) if cmd_name in COMMANDS else None


def command_line() -> Any:
    """Build the command ``firs``; its subcommands are imported on first use."""
    app = _typer(cls=_Lazy)
    app.callback(invoke_without_command=True, help=_help(_firs))(_firs)
    return typer.main.get_command(app)


def _command(name: str) -> Any:
    function = COMMANDS.load(name)
    app = _typer()
    app.command(name, help=_help(function))(function)
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


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"firs {__version__}")
        raise typer.Exit


def _firs(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Say which version this is."
        ),
    ] = False,
) -> None:
    """Find pictures in your own folders by describing them, or by showing one like them.

    Examples:
      firs index ~/Pictures
      firs search "a black cat on a wooden bench"
    """
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
