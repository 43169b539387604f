"""Karpathy's splits (Karpathy and Fei-Fei, CVPR 2015), which the literature reports on.

Two layouts are read: ``dataset_<name>.json`` as he published it, and a plain list of images with
``filename`` (or ``file``), ``captions`` and, where there is more than one, ``split``.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from firs.errors import InputError
from firs.evaluation.dataset import Dataset, DatasetImage


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
        InputError: none is there; ``how`` explains how to get one.
    """
    if folder.is_file():
        return folder
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"Nothing to read in {folder}: there is no {' or '.join(names)}. {how}")


def find_pictures(folder: Path, names: Sequence[str]) -> Path | None:
    """The first of the folders ``names`` that is in ``folder``, or next to it if it is a file."""
    home = folder.parent if folder.is_file() else folder
    return next((home / name for name in names if (home / name).is_dir()), None)


def read_json(path: Path) -> Any:
    """Read a JSON file.

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


WHERE = (
    "Karpathy's splits are in caption_datasets.zip at "
    "https://cs.stanford.edu/people/karpathy/deepimagesent/"
)

ALL = "all"


@dataclass(frozen=True, slots=True)
class CaptionedEntry:
    """One image of the file: its path below the pictures' folder, split and captions."""

    path: PurePosixPath
    split: str
    captions: tuple[str, ...]


def read_karpathy(path: Path) -> list[CaptionedEntry]:
    """Read all images of the file.

    Raises:
        InputError: it is neither of the two layouts.
    """
    content = read_json(path)
    try:
        entries = content["images"] if isinstance(content, dict) else content
        return [_parse_entry(entry) for entry in entries]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} has not the form of Karpathy's splits ({error!r} is missing or of another "
            f"kind). {WHERE}"
        ) from error


def in_split(told: Sequence[CaptionedEntry], split: str, path: Path) -> list[CaptionedEntry]:
    """The images of one split, or of all.

    Raises:
        InputError: there is no such split.
    """
    if split == ALL:
        return list(told)
    splits = sorted({image.split for image in told})
    if split not in splits:
        raise InputError(
            f"{path} has no split {split!r}; it has {', '.join(splits)}, and {ALL!r} takes all."
        )
    return [image for image in told if image.split == split]


def as_described(told: Sequence[CaptionedEntry], pictures: Path | None) -> list[DatasetImage]:
    """The images with the files that they should have in the folder ``pictures``."""
    return [
        DatasetImage(image.path.name, image.captions, pictures / image.path if pictures else None)
        for image in told
    ]


def _parse_entry(entry: Any) -> CaptionedEntry:
    if "sentences" in entry:
        path = PurePosixPath(entry.get("filepath", "")) / entry["filename"]
        captions = (str(sentence["raw"]) for sentence in entry["sentences"])
    else:
        path = PurePosixPath(entry.get("file") or entry["filename"])
        captions = (str(caption) for caption in entry["captions"])
    return CaptionedEntry(
        path, entry.get("split", "test"), tuple(caption.strip() for caption in captions)
    )


HEADER = ("image", "caption")


def read_tokens(path: Path) -> dict[str, tuple[str, ...]]:
    """The captions of each image, both in the file's order.

    Raises:
        InputError: a line has no image and caption.
    """
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        image, caption = _parts(line, number, path)
        if (image, caption) != HEADER:
            captions.setdefault(image.partition("#")[0], []).append(caption)
    return {image: tuple(listed) for image, listed in captions.items()}


def _parts(line: str, number: int, path: Path) -> tuple[str, str]:
    image, tab, caption = line.partition("\t")
    if not tab:
        image, *rest = next(csv.reader([line]))
        caption = ",".join(rest)
    if not image or not caption.strip():
        raise InputError(
            f"Line {number} of {path} has no image and caption with a tab between: {line[:60]!r}."
        )
    return image, caption.strip()
