"""A folder of photos to index, and the collection in it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firs.collection import AddReport, Collection
from tests.fakes import FakeEncoder
from tests.imaging.making import plain

COLOURS = ["red", "green", "blue", "white", "black", "yellow", "cyan", "magenta"]

Photo = Callable[[str, str], Path]
"""Name below the folder, colour → the file, written."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """An empty folder for photos."""
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def photo(photos: Path) -> Photo:
    """Write a small picture of one colour."""

    def write(name: str, colour: str) -> Path:
        path = photos / name
        path.parent.mkdir(parents=True, exist_ok=True)
        plain(colour).save(path)
        return path

    return write


@pytest.fixture
def rainbow(photos: Path, photo: Photo) -> Path:
    """The folder with one PNG of each colour, named after it."""
    for colour in COLOURS:
        photo(f"{colour}.png", colour)
    return photos


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def collection(photos: Path, encoder: FakeEncoder) -> Iterator[Collection]:
    with Collection(photos / ".firs", encoder) as opened:
        yield opened


def names(collection: Collection) -> dict[str, int]:
    """File name → id."""
    return {image.path.name: image.id for image in collection}


def counts(report: AddReport) -> dict[str, int]:
    """The numbers of a report that are not 0."""
    fields = ("added", "updated", "moved", "unchanged", "duplicates", "missing", "removed")
    return {name: value for name in fields if (value := getattr(report, name))}
