"""``firs sample``: draw a folder of scenes to try things on."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from firs.cli.console import say
from firs.cli.progress import progress


def sample(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to write them.", show_default=False)
    ],
    count: Annotated[int, typer.Option(metavar="N", help="How many scenes to draw.")] = 400,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same number draws the same scenes.")
    ] = 0,
) -> None:
    """Draw illustrated scenes with captions, to try things without photos of your own.

    Examples:
      firs sample scenes
      firs sample scenes --count 2000 --seed 7
    """
    from firs.samples import write_samples

    with progress("drawing") as report:
        captions = write_samples(folder, count, seed, progress=lambda done: report(done, count))
    say(f"{count:,} scenes and {captions.name} are in {folder}. Next:")
    say(f"  firs index {shlex.quote(str(folder))}")
