"""``firs sample``: copy the sample scenes, to try things without photos of your own."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from firs.cli.console import say
from firs.cli.options import argument


@dataclass(frozen=True, slots=True)
class SampleArgs:
    """Where to copy how many scenes."""

    folder: Path = argument("DIR", "Where to copy them.", default=...)
    count: int | None = argument("N", "How many. Default: all.")


def sample(options: SampleArgs) -> None:
    """Copy illustrated scenes with captions, to try things without photos of your own.

    Examples:
      firs sample scenes
      firs sample scenes 20
    """
    from firs.samples import copy_samples, scene_files

    folder, count = options.folder, options.count
    captions = copy_samples(folder, count)
    total = len(scene_files())
    copied = f"All {total} sample" if count in (None, total) else f"{count} of {total}"
    say(f"{copied} scenes and their captions ({captions.name}) are in {folder}. Next:")
    say(f"  firs index {shlex.quote(str(folder))}")
