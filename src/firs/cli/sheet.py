"""The contact sheet that ``firs search --sheet`` writes."""

from collections.abc import Sequence
from pathlib import Path

from firs.errors import InputError, StorageError
from firs.ranking import Ranking

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


def save_sheet(file: Path, ranking: Ranking, title: str, images: Sequence[Path]) -> None:
    """Draw a ranking into ``file``, the first of the example ``images`` beside its title.

    Raises:
        InputError: ``file`` is one of the photos that it would show, or they are too many.
        StorageError: it cannot be written.
    """
    from firs.pictures import decode
    from firs.sheet import contact_sheet

    photos = [*ranking.paths, *images]
    if file.exists() and any(photo.exists() and photo.samefile(file) for photo in photos):
        raise InputError(f"{file} is one of the photos; give the sheet another name.")
    example = decode(images[0], at_least=64) if images else None
    sheet = contact_sheet(ranking, title=title, example=example)
    try:
        sheet.save(file)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise StorageError(f"{file} cannot be written ({why}). Choose another place.") from error
