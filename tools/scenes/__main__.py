"""Render the sample scenes of the package: ``python -m tools.scenes render``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from firs.samples import FOLDER
from tools.scenes.render import COUNT, FIRST_SEED, render_scenes


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.scenes")
    commands = parser.add_subparsers(required=True)
    render = commands.add_parser("render", help="write images, captions and masks")
    render.add_argument("--out", type=Path, default=FOLDER, help="by default, the package's folder")
    options = parser.parse_args(arguments)
    render_scenes(options.out, range(FIRST_SEED, FIRST_SEED + COUNT))
    sys.stdout.write(f"{COUNT} scenes are in {options.out}.\n")


if __name__ == "__main__":
    main()
