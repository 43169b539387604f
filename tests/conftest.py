"""Fixtures that several test files share."""

import os
import shutil
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.samples import Scene, copy_samples, load_scenes

SCENES = 24
"""How many sample scenes are in the collection that most tests search."""


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and real vectors, or a skip where it is absent."""
    repository = Path(__file__).parent.parent
    folder = Path(os.environ.get("FIRS_SHARED_DATA", repository.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder} (set FIRS_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def indexed_scenes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sample scenes with their collection, to be copied and not to be changed."""
    folder = tmp_path_factory.mktemp("indexed") / "scenes"
    copy_samples(folder, SCENES)
    with Collection(folder / ".firs") as collection:
        collection.add(folder)
    return folder


@pytest.fixture
def scenes(indexed_scenes: Path, tmp_path: Path) -> Path:
    """A folder of sample scenes with their collection, for one test."""
    return Path(shutil.copytree(indexed_scenes, tmp_path / "scenes"))


@pytest.fixture(scope="session")
def scene() -> Scene:
    """A sample scene: two white dogs in a kitchen, 480 by 360 pixels."""
    return next(load_scenes(first=8))
