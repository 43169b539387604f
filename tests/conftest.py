"""Fixtures that several test files share, and what every test must leave behind: nothing."""

import gc
import os
import shutil
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from firs.collection import Collection
from firs.samples import Scene, copy_samples, load_scenes
from tests.waiting import PATIENCE

SCENES = 24
"""How many sample scenes are in the collection that most tests search."""

settings.register_profile("suite", deadline=None, derandomize=True, max_examples=50)
settings.load_profile("suite")


def pytest_configure() -> None:
    """Let Ctrl-C end the processes that tests start.

    A shell without job control has it ignored by all that it starts in its background.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _ended_threads() -> Iterator[None]:
    """Fail a test that leaves a thread for which the process would wait at its end."""
    before = set(threading.enumerate())
    yield
    left = [each for each in set(threading.enumerate()) - before if not each.daemon]
    for each in left:
        each.join(PATIENCE)
    assert not [each for each in left if each.is_alive()]


@pytest.fixture(scope="module", autouse=True)
def _closed_resources() -> Iterator[None]:
    """Fail the last test of a module in which a file, socket or process was not closed.

    Python warns of it when the object is collected, and warnings are errors here.
    """
    yield
    gc.collect()
    gc.freeze()  # the next collection need not look at what was here before its module


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
