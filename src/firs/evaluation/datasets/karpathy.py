"""Karpathy's splits (Karpathy and Fei-Fei, CVPR 2015), which the literature reports on.

Two layouts are read: ``dataset_<name>.json`` as he published it, and a plain list of images with
``filename`` (or ``file``), ``captions`` and, where there is more than one, ``split``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from firs.errors import InputError
from firs.evaluation.dataset import DatasetImage
from firs.evaluation.datasets.checks import read_json

WHERE = (
    "Karpathy's splits are in caption_datasets.zip at "
    "https://cs.stanford.edu/people/karpathy/deepimagesent/"
)

ALL = "all"


@dataclass(frozen=True, slots=True)
class CaptionedEntry:
    """One image of the file: where it lies below the pictures' folder, split, captions."""

    path: PurePosixPath
    split: str
    captions: tuple[str, ...]


def read_karpathy(path: Path) -> list[CaptionedEntry]:
    """All images that the file tells of.

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
