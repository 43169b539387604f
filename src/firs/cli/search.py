"""``firs search``: words or a picture → images, the best match first."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from firs.cli import results
from firs.cli.console import say
from firs.cli.options import AsJson, ReadFrom
from firs.cli.sheet import check_sheet, save_sheet
from firs.errors import ImageError, InputError

Words: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TEXT",
        help="What to see in the picture, such as: a black cat on a wooden bench.",
        show_default=False,
    ),
]
Example: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--image", "-i", metavar="FILE", help="A picture like those to find.", show_default=False
    ),
]
HowMany: TypeAlias = Annotated[
    int, typer.Option("-k", metavar="N", help="How many images to find.")
]
AsCsv: TypeAlias = Annotated[bool, typer.Option("--csv", help="Write CSV with a header.")]
AsPaths: TypeAlias = Annotated[bool, typer.Option("--paths", help="Write paths and nothing else.")]
Sheet: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Also draw what was found as one picture: .jpg, .png or .webp.",
        show_default=False,
    ),
]


def search(
    words: Words = None,
    image: Example = None,
    k: HowMany = 20,
    json: AsJson = False,
    csv: AsCsv = False,
    paths: AsPaths = False,
    sheet: Sheet = None,
    collection: ReadFrom = None,
) -> None:
    r"""Find the images that match TEXT, or that look like a picture.

    Run it in the folder that was indexed, or in any folder below it.

    Examples:
      firs search "a black cat on a wooden bench"
      firs search "a black cat on a wooden bench" -k 50 --sheet cats.jpg
      firs search --image bench.jpg
      firs search "receipts" --paths | xargs -d '\n' cp -t receipts
    """
    from firs.cli.places import collection_to_read
    from firs.collection import Collection

    text = " ".join(words) if words else None
    if text is None and image is None:
        raise InputError('Say what to look for, as in: firs search "a black cat", or --image FILE.')
    write = results.chosen(json=json, csv=csv, paths=paths)
    if sheet is not None:
        check_sheet(sheet)
    with Collection(collection_to_read(collection), create=False) as searched:
        try:
            ranking = searched.search(text, image=image, k=k)
        except ImageError as error:
            raise ImageError(f"{image} cannot be searched with: {error}.") from error
    if sheet is not None:
        save_sheet(sheet, ranking, text, image)
    write(ranking)
    if sheet is not None:
        say(f"Contact sheet: {sheet.absolute()}")
