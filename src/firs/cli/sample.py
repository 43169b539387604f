"""``firs sample``: copy the sample scenes, to try things without photos of your own."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from firs.cli.console import say


def sample(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to copy them.", show_default=False)
    ],
    count: Annotated[
        int | None,
        typer.Argument(metavar="N", help="How many. Otherwise: all.", show_default=False),
    ] = None,
) -> None:
    """Copy illustrated scenes with captions, to try things without photos of your own.

    Examples:
      firs sample scenes
      firs sample scenes 20
    """
    from firs.samples import copy_samples, scene_files

    captions = copy_samples(folder, count)
    every = len(scene_files())
    copied = (
        f"All {every} sample scenes" if count in (None, every) else f"{count} of {every} scenes"
    )
    say(f"{copied} and their captions ({captions.name}) are in {folder}. Next:")
    say(f"  firs index {shlex.quote(str(folder))}")
