"""Forty images in memory for the parts, a collection of small squares for the whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.collection import Collection
from tests.fakes import FakeEncoder
from tests.pictures.making import plain

SHADES = (0, 90, 180, 255)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of 32 squares, no two of one colour."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for red in SHADES:
        for green in SHADES:
            for blue in (0, 200):
                colour = f"rgb({red},{green},{blue})"
                plain(colour).save(folder / f"{red}-{green}-{blue}.png")
    return folder


@pytest.fixture
def collection(photos: Path) -> Iterator[Collection]:
    with Collection(photos / ".firs", FakeEncoder()) as opened:
        opened.add(photos)
        yield opened
