"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

ReadFrom: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="The collection, or the folder that has it. Otherwise: here, or in a folder above.",
        show_default=False,
    ),
]

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]
