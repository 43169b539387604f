"""Real processes, killed in the middle: what they told as done is there, and the next goes on."""

import sqlite3
import subprocess
import sys
from contextlib import AbstractContextManager, closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.collection import Collection
from firs.errors import CollectionBusy
from tests.fakes import FakeEncoder
from tests.imaging.making import plain
from tests.processes import launch

PHOTOS = 60


@pytest.fixture
def many(photos: Path) -> Path:
    for number in range(PHOTOS):
        plain(f"rgb({number * 4}, 90, 200)").save(photos / f"{number:02}.png")
    return photos


def ingest(folder: Path, *arguments: str) -> AbstractContextManager[subprocess.Popen[str]]:
    return launch(
        [sys.executable, "-m", "tests.collection.ingest_process", str(folder), *arguments],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    )


def told_until(process: subprocess.Popen[str], enough: int) -> int:
    """Read what the process tells until that many images are done."""
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= enough:
            return int(line)
    raise AssertionError("the process ended early")


def assert_sound(folder: Path, at_least: int) -> None:
    """The database is whole, and each image in it has its own vector."""
    with closing(sqlite3.connect(folder / ".firs" / "firs.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    encoder = FakeEncoder()
    with Collection(folder / ".firs", encoder, create=False) as collection:
        images = list(collection)
        assert len(images) >= at_least
        ids, vectors = collection.vectors()
        assert ids.tolist() == [image.id for image in images]
        expected = encoder.encode_images([Image.open(image.path) for image in images])
        np.testing.assert_allclose(vectors, expected, atol=1e-3)


def test_kill_9_loses_nothing_that_was_told(many: Path) -> None:
    done = 0
    for enough in (4, 12, 8):
        with ingest(many) as process:
            done += told_until(process, enough)
            process.kill()
        assert_sound(many, at_least=done)
        with Collection(many / ".firs", create=False) as collection:
            done = len(collection)
    with ingest(many) as process:
        told_until(process, PHOTOS - done)
        assert process.wait() == 0
    assert_sound(many, at_least=PHOTOS)
    with Collection(many / ".firs", FakeEncoder()) as collection:
        assert collection.add(many).unchanged == PHOTOS
        assert len(collection.search("red", k=100)) == PHOTOS


@pytest.mark.parametrize("die_at", [1, 4, 10])
def test_dying_inside_a_transaction_leaves_the_one_before(many: Path, die_at: int) -> None:
    with ingest(many, str(die_at)) as process:
        assert process.wait() == -9
    whole = (die_at - 1) // 4 * 4
    with Collection(many / ".firs", FakeEncoder(), create=False) as collection:
        assert len(collection) == whole
        assert collection.add(many).added == PHOTOS - whole
    assert_sound(many, at_least=PHOTOS)


def test_a_second_process_is_told_at_once_and_may_search(many: Path) -> None:
    with ingest(many) as process, Collection(many / ".firs", FakeEncoder()) as collection:
        told_until(process, 4)
        process.send_signal(19)  # SIGSTOP: still adding, for as long as this test looks
        with pytest.raises(CollectionBusy):
            collection.add(many)
        assert len(collection.search("red", k=4)) == 4
