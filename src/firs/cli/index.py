"""``firs index``: folders of photos → a collection that can be searched."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from firs.cli.console import Stopped
from firs.cli.progress import progress

Folders: TypeAlias = Annotated[
    list[Path],
    typer.Argument(
        metavar="DIR...", help="Folders of photos, with all below them.", show_default=False
    ),
]
KeepIn: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--collection",
        "-c",
        metavar="PATH",
        help="Where to keep the collection. Otherwise: DIR/.firs, or the one DIR lies in.",
        show_default=False,
    ),
]
EncoderName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The encoder; another than before joins it. Otherwise: the collection's, or mini.",
        show_default=False,
    ),
]
CaptionFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Captions: TSV or CSV with the columns image and caption, JSON or JSON lines. "
        "A captions.tsv (.csv, .json, .jsonl) among the photos is found without this.",
        show_default=False,
    ),
]
Prune: TypeAlias = Annotated[
    bool, typer.Option("--prune", help="Forget images of DIR whose files are gone.")
]
Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Threads that read photos. Otherwise: one a processor, at most 4.",
        show_default=False,
    ),
]


def index(
    folders: Folders,
    collection: KeepIn = None,
    encoder: EncoderName = None,
    captions: CaptionFile = None,
    prune: Prune = False,
    workers: Workers = None,
) -> None:
    """Index folders of photos, so that they can be searched.

    Run it again whenever photos came or changed: only those are read, and files that were moved
    or renamed are known by their content. Stopped in the middle, it goes on where it was.

    Examples:
      firs index ~/Pictures
      firs index ~/Pictures --prune
      firs index ~/Pictures --encoder siglip2-base
      firs index /media/camera --collection ~/camera.firs
      firs index scenes --captions scenes/captions.tsv
    """
    from firs.cli.places import collection_to_fill
    from firs.cli.summary import summarise
    from firs.collection import Collection
    from firs.collection.places import made_for_something
    from firs.encoders import canonical

    home = collection_to_fill(collection, folders)
    with made_for_something(home), Collection(home, encoder=encoder) as filled:
        before = len(filled)
        try:
            with progress("indexing") as report:
                done = filled.add(
                    folders, prune=prune, captions=captions, workers=workers, progress=report
                )
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped. {len(filled) - before:,} new images were kept, {len(filled):,} are in "
                "the collection; the same command goes on from there."
            ) from None
        first = [held.name for held in filled.info().encoders[:1]]
        told = None if encoder is None or [canonical(encoder)] == first else encoder
        summarise(done, filled.path, len(filled), told)
