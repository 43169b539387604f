"""``firs calibrate`` and ``firs expand``: change how the images of a collection are scored."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.cli.console import progress, write_row
from firs.cli.options import EncoderArgs, PlaceArgs, flag, option
from firs.errors import InputError

if TYPE_CHECKING:
    from firs.collection import Collection
    from firs.collection.expansions import ExpansionRecord


@dataclass(frozen=True, slots=True)
class CalibrateArgs:
    """The texts to calibrate with, or none any more."""

    bank: str = option(
        "NAME",
        "The texts: captions of the images, queries of saved sessions, or everyday texts that "
        "come with QT-FIRS.",
        default="captions",
    )
    forget: bool = flag("Remove the calibration.", "--forget")


def calibrate(options: CalibrateArgs, encoder: EncoderArgs, place: PlaceArgs) -> None:
    """Calibrate a collection's scores, so that no image appears where it is not relevant.

    How similar each image is to texts of all kinds is measured, and later searches subtract it from
    text scores.

    Examples:
      firs calibrate
      firs calibrate --bank queries
      firs calibrate --forget
    """
    with place.open(encoder.encoder) as opened:
        if options.forget:
            gone = opened.calibration.forget()
            sys.stdout.write(
                "The calibration is removed.\n" if gone else "The collection was not calibrated.\n"
            )
        else:
            _calibrate(opened, options.bank)


def _calibrate(collection: "Collection", bank: str) -> None:
    with progress("encoding texts") as report:
        made = collection.calibration.fit(bank, progress=report)
    sys.stdout.write(
        f"The scores of {len(made.biases):,} images are calibrated with {len(made.texts):,} texts "
        f"({bank}).\n"
    )
    if made.meaning is not None:
        sys.stdout.write("Probabilities were fitted on captions that are not among these texts.\n")


@dataclass(frozen=True, slots=True)
class ExpandArgs:
    """What to add to the images, or what to do with what was added."""

    source: str = option(
        "NAME",
        "What to add: captions; the queries that images were accepted for while the log was "
        "on; or moves, which move images towards such queries.",
        default="captions",
    )
    max_per_image: int = option("N", "Maximum number of texts per image.", default=5)
    min_accepted: int = option("N", "Only images accepted for at least N queries.", default=0)
    caption_source: str | None = option("NAME", "Only captions from one source, as a file's name.")
    listed: bool = flag("List the expansions.", "--list")
    explain: str | None = option("IMAGE", "Show what else an image is found by; a file, or an id.")
    undo: bool = flag("Undo the latest expansion, or that of --number.", "--undo")
    number: int | None = option("N", "The expansion to undo, as numbered by --list.")


def expand(options: ExpandArgs, encoder: EncoderArgs, place: PlaceArgs) -> None:
    """Represent images by captions and accepted queries too, in addition to their embeddings.

    The images' embeddings stay as they are; expansions can be listed, explained and undone.

    Examples:
      firs expand
      firs expand --source queries --min-accepted 2
      firs expand --source moves
      firs expand --list
      firs expand --explain holiday/beach.jpg
      firs expand --undo
    """
    if options.number is not None and not options.undo:
        raise InputError("--number goes with --undo.")
    with place.open(encoder.encoder) as opened:
        if options.listed:
            for each in opened.expansion.records():
                made = f"{each.made_at:%Y-%m-%d %H:%M}"
                write_row(each.id, made, each.kind, each.images, each.texts, each.encoder)
        elif options.explain is not None:
            _explain(opened, options.explain)
        elif options.undo:
            undone = opened.expansion.undo(options.number)
            sys.stdout.write(f"Undone: {_describe(undone)}.\n")
        else:
            _expand(opened, options)


def _expand(collection: "Collection", options: ExpandArgs) -> None:
    with progress("encoding texts") as report:
        made = collection.expansion.add(
            options.source,
            max_per_image=options.max_per_image,
            min_accepted=options.min_accepted,
            source=options.caption_source,
            progress=report,
        )
    sys.stdout.write(f"{_describe(made)}. Undo it: firs expand --undo\n")


def _explain(collection: "Collection", image: str) -> None:
    id_ = int(image) if image.isdecimal() else collection.ids([Path(image)])[0]
    expansions = collection.expansion.of_image(id_)
    for each in expansions:
        how = f"moved {each.degrees:.1f}°" if each.degrees else each.source
        write_row(each.expansion, each.kind, how, each.text)
    if not expansions:
        sys.stdout.write("It is found only by its embedding.\n")


def _describe(each: "ExpansionRecord") -> str:
    images = _count_of(each.images, "image", "images")
    if each.kind == "moves":
        return f"{images} moved towards {_count_of(each.texts, 'query', 'queries')}"
    one = {"captions": "caption", "queries": "query"}[each.kind]
    return f"{_count_of(each.texts, one, each.kind)} for {images}"


def _count_of(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"
