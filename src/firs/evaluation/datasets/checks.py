"""Is it the data set that the literature means? Counts, first and last item, files at hand."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firs.errors import InputError
from firs.evaluation.dataset import Dataset


@dataclass(frozen=True, slots=True)
class Expected:
    """How many images a split has, and which are the first and last of them in sorted order."""

    images: int
    first: str = ""
    last: str = ""


def check(dataset: Dataset, expected: Expected | None, source: Path) -> Dataset:
    """The data set itself, if it is whole; with nothing to expect it is taken as it comes.

    Raises:
        InputError: it has another number of images, or another first or last image.
    """
    if expected is None:
        return dataset
    found = (len(dataset.image_ids), min(dataset.image_ids), max(dataset.image_ids))
    if found[0] != expected.images:
        raise InputError(
            f"{dataset.name} has {expected.images:,} images, but {source} tells of {found[0]:,}; "
            f"get the file again."
        )
    if expected.first and found[1:] != (expected.first, expected.last):
        raise InputError(
            f"The images of {dataset.name} run from {expected.first} to {expected.last}, those of "
            f"{source} from {found[1]} to {found[2]}; it is another data set."
        )
    return dataset


def find_file(folder: Path, names: Sequence[str], how: str) -> Path:
    """The first of the files ``names`` that is in the folder; the folder may be the file itself.

    Raises:
        InputError: none is there; ``how`` tells how to get one.
    """
    if folder.is_file():
        return folder
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"Nothing to read in {folder}: there is no {' or '.join(names)}. {how}")


def find_pictures(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of the folders ``names`` that is in ``folder``, or beside it if it is a file."""
    home = folder.parent if folder.is_file() else folder
    return next((home / name for name in names if (home / name).is_dir()), None)


def read_json(path: Path) -> Any:
    """What a JSON file says.

    Raises:
        InputError: it is no whole JSON file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); get it again.") from error


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty.

    Raises:
        InputError: it cannot be read as UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text ({error}); get it again.") from error
    return [line.strip() for line in lines if line.strip()]
