"""The contact sheet that ``firs search --sheet`` writes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from firs.errors import ImageError, InputError, StorageError
from firs.ranking import Ranking

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def check_sheet(file: Path) -> None:
    """Make sure, before any work, that a sheet can be written to ``file``.

    Raises:
        InputError: its ending names no kind of picture, or its folder does not exist.
    """
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(f"A sheet cannot be saved as {file}; let its name end in .jpg or .png.")
    if not file.absolute().parent.is_dir():
        raise InputError(f"{file} cannot be written: there is no folder {file.parent}.")


def check_explained(count: int, sheet: Path | None, text: str | None) -> None:
    """Make sure, before any work, that so many results can be explained on a sheet.

    Raises:
        InputError: there is no sheet to draw them on, there are no words, or the count is below 0.
    """
    if count < 0:
        raise InputError(f"--explain is how many results to explain, not {count}.")
    if count and sheet is None:
        raise InputError("--explain draws on a sheet; add one: --sheet FILE")
    if count and text is None:
        raise InputError("--explain shows where words match; say what to see in the picture.")


def explain_hits(ranking: Ranking) -> "dict[int, Image.Image]":
    """Ids of results → each with its map over it; what can no longer be read is left out."""
    found = {}
    for hit in ranking:
        try:
            found[hit.id] = ranking.explain(hit.id).overlay()
        except ImageError:
            continue
    return found


def save_sheet(
    file: Path,
    ranking: Ranking,
    title: str,
    images: Sequence[Path],
    instead: "Mapping[int, Image.Image] | None" = None,
) -> None:
    """Draw a ranking into ``file``, with the first of the example ``images`` next to its title.

    ``instead`` replaces the images of some results.

    Raises:
        InputError: ``file`` is one of the photos to show, or there are too many.
        StorageError: it cannot be written.
    """
    from firs.pictures import decode
    from firs.sheet import contact_sheet

    photos = [*ranking.paths, *images]
    if file.exists() and any(photo.exists() and photo.samefile(file) for photo in photos):
        raise InputError(f"{file} is one of the photos; give the sheet another name.")
    example = decode(images[0], at_least=64) if images else None
    sheet = contact_sheet(ranking, title=title, example=example, instead=instead)
    write_picture(sheet, file)


def write_picture(picture: "Image.Image", file: Path) -> None:
    """Save a picture.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        picture.save(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(f"{file} cannot be written ({why}). Choose another place.") from error
