"""Readers of the files that captioned data sets are published as, and checks that they are whole.

Karpathy's splits (Karpathy and Fei-Fei, CVPR 2015), which the literature reports on, are read in
two layouts: ``dataset_<name>.json`` as he published it, and a plain list of images with
``filename`` (or ``file``), ``captions`` and, where there is more than one, ``split``.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from firs.errors import InputError
from firs.evaluation.datasets import Dataset, DatasetImage, build_dataset

KARPATHY_SOURCE = (
    "Karpathy's splits are in caption_datasets.zip at "
    "https://cs.stanford.edu/people/karpathy/deepimagesent/"
)

ALL = "all"
"""The split that takes every image."""

HEADER = ("image", "caption")


@dataclass(frozen=True, slots=True)
class Expected:
    """How many images a split has, and which are the first and last of them in sorted order."""

    images: int
    first: str = ""
    last: str = ""


def check(dataset: Dataset, expected: Expected | None, source: Path) -> Dataset:
    """Return the data set itself, if it is whole; without ``expected`` nothing is checked.

    Raises:
        InputError: it has another number of images, or another first or last image.
    """
    if expected is None:
        return dataset
    found = (len(dataset.image_ids), min(dataset.image_ids), max(dataset.image_ids))
    if found[0] != expected.images:
        raise InputError(
            f"{dataset.name} has {expected.images:,} images, but {source} has {found[0]:,}; "
            f"get the file again."
        )
    if expected.first and found[1:] != (expected.first, expected.last):
        raise InputError(
            f"The images of {dataset.name} run from {expected.first} to {expected.last}, those of "
            f"{source} from {found[1]} to {found[2]}; it is another data set."
        )
    return dataset


def find_file(folder: Path, names: Sequence[str], how: str) -> Path:
    """Return the first of the files ``names`` in the folder; the folder may be the file itself.

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
    """Return the first of the folders ``names`` in ``folder``, or next to it if it is a file."""
    home = folder.parent if folder.is_file() else folder
    return next((home / name for name in names if (home / name).is_dir()), None)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: it is not a whole JSON file.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); get it again.") from error


def read_lines(path: Path) -> list[str]:
    """Return the lines of a text file that are not empty.

    Raises:
        InputError: it cannot be read as UTF-8 text.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as text ({error}); get it again.") from error
    return [line.strip() for line in lines if line.strip()]


def build_captioned(
    name: str,
    images: Iterable[DatasetImage],
    pictures: Path | None,
    expected: Expected | None,
    source: Path,
) -> Dataset:
    """Build a data set from images with files that are relative to the folder ``pictures``.

    Raises:
        InputError: it is not what is ``expected``, or a file is not there.
    """
    located = [
        replace(image, file=pictures / image.file if pictures and image.file else None)
        for image in images
    ]
    return check(build_dataset(name, located), expected, source)


def read_karpathy(path: Path, split: str) -> list[DatasetImage]:
    """Return the images of one split, or of all, with files relative to the pictures' folder.

    Raises:
        InputError: it is neither of the two layouts, or there is no such split.
    """
    content = read_json(path)
    try:
        listed = content["images"] if isinstance(content, dict) else content
        images = [(entry.get("split", "test"), _parse_entry(entry)) for entry in listed]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"{path} has not the form of Karpathy's splits ({error!r} is missing or of another "
            f"kind). {KARPATHY_SOURCE}"
        ) from error
    splits = sorted({name for name, _ in images})
    if split not in (ALL, *splits):
        raise InputError(
            f"{path} has no split {split!r}; it has {', '.join(splits)}, and {ALL!r} takes all."
        )
    return [image for name, image in images if split in (ALL, name)]


def _parse_entry(entry: Any) -> DatasetImage:
    if "sentences" in entry:
        file = Path(entry.get("filepath", "")) / entry["filename"]
        captions = [sentence["raw"] for sentence in entry["sentences"]]
    else:
        file = Path(entry.get("file") or entry["filename"])
        captions = entry["captions"]
    return DatasetImage(file.name, tuple(str(caption).strip() for caption in captions), file)


def read_tokens(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the captions of each image, both in the file's order.

    Raises:
        InputError: a line has no image and caption.
    """
    captions: dict[str, list[str]] = {}
    for number, line in enumerate(read_lines(path), start=1):
        image, caption = _parse_line(line, number, path)
        if (image, caption) != HEADER:
            captions.setdefault(image.partition("#")[0], []).append(caption)
    return {image: tuple(listed) for image, listed in captions.items()}


def _parse_line(line: str, number: int, path: Path) -> tuple[str, str]:
    image, tab, caption = line.partition("\t")
    if not tab:
        image, *rest = next(csv.reader([line]))
        caption = ",".join(rest)
    if not image or not caption.strip():
        raise InputError(
            f"Line {number} of {path} has no image and caption with a tab between: {line[:60]!r}."
        )
    return image, caption.strip()
