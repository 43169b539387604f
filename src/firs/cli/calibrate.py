"""``firs calibrate``: calibrate a collection's scores with query texts or captions."""

import sys
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.console import progress
from firs.cli.options import ReadFrom

if TYPE_CHECKING:
    from firs.collection import Collection

Bank: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Which texts: the captions of the images, the queries of saved sessions, or everyday "
        "ones that come with QT-FIRS.",
    ),
]
Forget: TypeAlias = Annotated[
    bool, typer.Option("--forget", help="Search as if this had never been done.")
]
Whose: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of whose vectors, where the collection has several. Otherwise: of the first's.",
        show_default=False,
    ),
]


def calibrate(
    bank: Bank = "captions",
    forget: Forget = False,
    encoder: Whose = None,
    collection: ReadFrom = None,
) -> None:
    """Set a collection's scores right, so that no image comes up where it is not relevant.

    How near each image is to texts of all kinds is measured, and from then on taken off its scores.

    Examples:
      firs calibrate
      firs calibrate --bank queries
      firs calibrate --forget
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    with Collection(collection_to_read(collection), encoder, create=False) as opened:
        if forget:
            gone = opened.calibration.forget()
            sys.stdout.write("Forgotten.\n" if gone else "The collection was not calibrated.\n")
        else:
            _calibrate(opened, bank)


def _calibrate(collection: "Collection", bank: str) -> None:
    with progress("encoding texts") as report:
        made = collection.calibration.fit(bank, progress=report)
    sys.stdout.write(
        f"The scores of {len(made.biases):,} images are set right by {len(made.texts):,} texts "
        f"({bank}).\n"
    )
    if made.meaning is not None:
        sys.stdout.write("What scores mean was fitted on captions that are not among them.\n")
