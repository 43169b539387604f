"""The sample scenes that come with QT-FIRS: illustrations with true captions and masks.

They are drawn by ``python -m tools.scenes render`` and only read here. Their folder has a JPEG file
per scene, ``captions.jsonl`` with a scene per line, and ``masks.npz`` with an array per scene in
which each pixel has the number of the object that it shows, from 1, or 0 for none.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from firs.errors import InputError, StorageError

FOLDER = Path(__file__).parent / "sample_scenes"
RECORDS_FILE = "captions.jsonl"
MASKS_FILE = "masks.npz"
CAPTIONS_FILE = "captions.tsv"


@dataclass(frozen=True, slots=True, eq=False)
class SceneObject:
    """One object in a scene.

    Attributes:
        name: its plainest name, such as ``dog``.
        phrase: its name with its looks, such as ``a brown dog``.
        mask: bool ``(height, width)``: the pixels where it is visible.
    """

    name: str
    phrase: str
    mask: NDArray[np.bool_]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom around the mask, in pixels; right and bottom exclusive."""
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """An illustration and what is true of it.

    Attributes:
        image: RGB.
        captions: five, in the style that people write for a photo.
        objects: everything that is visible well enough to be named.
        place: such as ``beach``.
        time: ``day``, ``dawn``, ``sunset`` or ``night``.
        weather: such as ``clear``; empty indoors.
    """

    image: Image.Image
    captions: tuple[str, ...]
    objects: tuple[SceneObject, ...]
    place: str
    time: str
    weather: str


class SceneFile(NamedTuple):
    """The image file of a scene, and the captions of the scene."""

    path: Path
    captions: tuple[str, ...]


def copy_samples(folder: Path | str, count: int | None = None, first: int = 1) -> Path:
    """Copy sample scenes to a folder as ``scene-00001.jpg`` … with ``captions.tsv``.

    Existing files of these names are replaced; other files are left alone.

    Args:
        folder: created if it does not exist.
        count: how many scenes; by default all from ``first`` on.
        first: number of the first scene, as in the file names.

    Returns:
        The captions file: a header ``image<TAB>caption``, then five rows per image.

    Raises:
        InputError: there are no scenes of these numbers.
        StorageError: the folder cannot be written to.
    """
    files = scene_files(count, first)
    try:
        return _copy(files, Path(folder))
    except OSError as error:
        raise StorageError(
            f"Cannot write scenes to {folder}: {error.strerror or error}. "
            "Choose a folder that can be written to, with room left."
        ) from error


def load_scenes(count: int | None = None, first: int = 1) -> Iterator[Scene]:
    """Load sample scenes with their images, captions and masks, one at a time.

    Args:
        count: how many scenes; by default all from ``first`` on.
        first: number of the first scene, as in the file names.

    Raises:
        InputError: there are no scenes with these numbers.

    >>> next(load_scenes(first=2)).captions[4]
    'A woman in a brown dress near a bookcase in an office.'
    """
    return map(_load, _select_records(count, first))


def scene_files(count: int | None = None, first: int = 1) -> list[SceneFile]:
    """Return the files and captions of sample scenes, without loading images and masks.

    Args:
        count: how many scenes; by default all from ``first`` on.
        first: number of the first scene, as in the file names.

    Raises:
        InputError: there are no scenes of these numbers.
    """
    return [
        SceneFile(FOLDER / each["image"], tuple(each["captions"]))
        for each in _select_records(count, first)
    ]


def _select_records(count: int | None, first: int) -> list[dict[str, Any]]:
    records = _read_records()
    last = len(records) if count is None else first + count - 1
    if not 1 <= first <= last <= len(records):
        count = last - first + 1
        start = "" if first == 1 else f" from number {first} on"
        raise InputError(
            f"There are {len(records)} sample scenes: {count:,}{start} is out of range. "
            f"Choose a number from 1 to {len(records)}."
        )
    return records[first - 1 : last]


@cache
def _read_records() -> list[dict[str, Any]]:
    try:
        text = (FOLDER / RECORDS_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"The sample scenes are missing from {FOLDER}: reinstall QT-FIRS."
        ) from error
    return [json.loads(line) for line in text.splitlines()]


def _load(record: dict[str, Any]) -> Scene:
    with np.load(FOLDER / MASKS_FILE) as masks:
        labels = masks[Path(record["image"]).stem]
    objects = (
        SceneObject(each["name"], each["phrase"], labels == label)
        for label, each in enumerate(record["objects"], 1)
    )
    with Image.open(FOLDER / record["image"]) as image:
        image.load()
    return Scene(
        image=image,
        captions=tuple(record["captions"]),
        objects=tuple(objects),
        place=record["place"],
        time=record["time"],
        weather=record["weather"],
    )


def _copy(files: list[SceneFile], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = ["image\tcaption\n"]
    for path, captions in files:
        shutil.copyfile(path, folder / path.name)
        rows += [f"{path.name}\t{caption}\n" for caption in captions]
    target = folder / CAPTIONS_FILE
    target.write_text("".join(rows), encoding="utf-8")
    return target
