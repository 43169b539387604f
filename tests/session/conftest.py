"""Forty images in memory for the parts, a collection of small squares for the whole."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.collection import Collection
from tests.fakes import FakeEncoder
from tests.imaging.making import plain

SHADES = (0, 90, 180, 255)


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 32 squares, no two of one colour, with its collection; tests work on copies."""
    folder = tmp_path_factory.mktemp("squares")
    for red in SHADES:
        for green in SHADES:
            for blue in (0, 200):
                colour = f"rgb({red},{green},{blue})"
                plain(colour).save(folder / f"{red}-{green}-{blue}.png")
    with Collection(folder / ".firs", FakeEncoder()) as collection:
        collection.add(folder)
    return folder


@pytest.fixture
def photos(indexed: Path, tmp_path: Path) -> Path:
    """The squares, in no collection yet."""
    ignore = shutil.ignore_patterns(".firs")
    return Path(shutil.copytree(indexed, tmp_path / "photos", ignore=ignore))


@pytest.fixture
def collection(indexed: Path, photos: Path) -> Iterator[Collection]:
    shutil.copytree(indexed / ".firs", photos / ".firs")
    with Collection(photos / ".firs", FakeEncoder(), create=False) as opened:
        yield opened
