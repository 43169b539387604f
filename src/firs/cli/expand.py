"""``firs expand``: add captions and accepted queries to images, or move images; or undo that."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from firs.cli.calibrate import Whose
from firs.cli.console import one_line, progress
from firs.cli.options import ReadFrom
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.collection.expansions import ExpansionRecord

Source: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="What joins: captions, or the queries that images were accepted for while the log was "
        "on; or moves, which draws images towards such queries.",
    ),
]
MaxPerImage: TypeAlias = Annotated[
    int, typer.Option(metavar="N", help="How many texts stand for an image at most.")
]
MinAccepted: TypeAlias = Annotated[
    int,
    typer.Option(metavar="N", help="Only images that were accepted for N queries or more."),
]
CaptionSource: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Only captions from one source, such as the name of their file.",
        show_default=False,
    ),
]
Listed: TypeAlias = Annotated[bool, typer.Option("--list", help="List what was added.")]
Explained: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--explain",
        metavar="IMAGE",
        help="Tell what an image is also found by; a file, or an id.",
        show_default=False,
    ),
]
Undone: TypeAlias = Annotated[
    bool, typer.Option("--undo", help="Take back what was added last, or --number.")
]
Number: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", help="What --undo takes back, as --list has it.", show_default=False),
]


def expand(
    source: Source = "captions",
    max_per_image: MaxPerImage = 5,
    min_accepted: MinAccepted = 0,
    caption_source: CaptionSource = None,
    listed: Listed = False,
    explain: Explained = None,
    undo: Undone = False,
    number: Number = None,
    encoder: Whose = None,
    collection: ReadFrom = None,
) -> None:
    """Represent images by captions and accepted queries too, in addition to their embeddings.

    Images' vectors stay as they are; all of it can be listed, explained and taken back.

    Examples:
      firs expand
      firs expand --source queries --min-accepted 2
      firs expand --source moves
      firs expand --list
      firs expand --explain holiday/beach.jpg
      firs expand --undo
    """
    from firs.cli.options import collection_to_read
    from firs.collection import Collection

    if number is not None and not undo:
        raise InputError("--number goes with --undo.")
    with Collection(collection_to_read(collection), encoder, create=False) as opened:
        if listed:
            for each in opened.expansion.records():
                sys.stdout.write(_line(each))
        elif explain is not None:
            _explain(opened, explain)
        elif undo:
            sys.stdout.write(f"Taken back: {_describe(opened.expansion.undo(number))}.\n")
        else:
            with progress("encoding texts") as report:
                made = opened.expansion.add(
                    source,
                    max_per_image=max_per_image,
                    min_accepted=min_accepted,
                    source=caption_source,
                    progress=report,
                )
            sys.stdout.write(f"{_describe(made)}. Take it back: firs expand --undo\n")


def _explain(collection: "Collection", image: str) -> None:
    id_ = int(image) if image.isdecimal() else collection.ids([Path(image)])[0]
    known = collection.expansion.of_image(id_)
    for each in known:
        how = f"moved {each.degrees:.1f}°" if each.degrees else one_line(each.source)
        sys.stdout.write(f"{each.expansion}\t{each.kind}\t{how}\t{one_line(each.text)}\n")
    if not known:
        sys.stdout.write("It is found by what it looks like, and by nothing else.\n")


def _line(each: "ExpansionRecord") -> str:
    made = each.made_at.strftime("%Y-%m-%d %H:%M")
    return f"{each.id}\t{made}\t{each.kind}\t{each.images}\t{each.texts}\t{each.encoder}\n"


def _describe(each: "ExpansionRecord") -> str:
    images = _count_of(each.images, "image", "images")
    if each.kind == "moves":
        return f"{images} moved towards {_count_of(each.texts, 'query', 'queries')}"
    one = {"captions": "caption", "queries": "query"}[each.kind]
    return f"{_count_of(each.texts, one, each.kind)} for {images}"


def _count_of(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
