"""Killed in the middle of adding, the process or the server: nothing is lost, nothing doubled."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from firs.collection import AddReport, Collection
from tests.collection.conftest import Photo, counts, photo, photos
from tests.distributed.milvus import MilvusServer
from tests.fakes import FakeEncoder

__all__ = ["photo", "photos"]

pytestmark = pytest.mark.distributed

PHOTOS = 60


@pytest.fixture
def many(photos: Path, photo: Photo) -> Path:
    for number in range(PHOTOS):
        photo(f"{number:02}.png", f"rgb({number * 4}, 90, 200)")
    return photos


@contextmanager
def filling(url: str, folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.distributed.filling", url, str(folder), *arguments]
    with subprocess.Popen(
        command, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def assert_sound(url: str, at_least: int) -> None:
    """Each image is there once, with its own vector."""
    encoder = FakeEncoder()
    with Collection(url, encoder, create=False) as collection:
        images = list(collection)
        assert len({image.path for image in images}) == len(images) >= at_least
        ids, vectors = collection.vectors()
        own = dict(zip(ids.tolist(), vectors, strict=True))
        expected = encoder.encode_images([Image.open(image.path) for image in images])
        kept = np.stack([own[image.id] for image in images])
        np.testing.assert_allclose(kept, expected, atol=1e-3)


def test_a_process_that_is_killed_goes_on_where_it_was(url: str, many: Path) -> None:
    with filling(url, many, "3") as process:  # with the vectors of its third batch written
        assert process.wait() == -9
    assert_sound(url, at_least=16)
    with Collection(url, FakeEncoder()) as collection:
        assert len(collection) == 16
        assert len(collection.vectors()[0]) == 24
        (many / "20.png").unlink()
        assert counts(collection.add(many, prune=True)) == {"added": PHOTOS - 17, "unchanged": 16}
        assert len(collection) == len(collection.vectors()[0]) == PHOTOS - 1
    assert_sound(url, at_least=PHOTOS - 1)


def test_a_server_that_is_killed_is_waited_for(tmp_path: Path, many: Path) -> None:
    server = MilvusServer(tmp_path / "server")
    server.start()
    try:
        url = server.url("killed")
        killed, done = threading.Event(), threading.Event()
        reports: list[AddReport] = []

        def fill() -> None:
            with Collection(url, FakeEncoder()) as collection:

                def tell(at: int, _: int) -> None:
                    if at >= PHOTOS // 3 and not killed.is_set():
                        server.kill()
                        killed.set()

                reports.append(collection.add(many, batch_size=4, progress=tell))
                done.set()

        work = threading.Thread(target=fill)
        work.start()
        assert killed.wait(120)
        assert not done.wait(1)
        server.start()
        work.join(240)
        assert [each.added for each in reports] == [PHOTOS]
        assert_sound(url, at_least=PHOTOS)
        with Collection(url, FakeEncoder()) as collection:
            assert len(collection) == len(collection.vectors()[0]) == PHOTOS
            assert counts(collection.add(many)) == {"unchanged": PHOTOS}
    finally:
        server.stop()
