"""Options that several commands share."""

from typing import Annotated, TypeAlias

import typer

ReadFrom: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="The collection, the folder that has it, or its address on a server, as "
        "milvus://HOST:19530/NAME. Otherwise: here, or in a folder above.",
        show_default=False,
    ),
]

AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]
