"""A collection to a real server and back; stops on the way."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.collection.conftest import collection, encoder, photo, photos, rainbow
from tests.migration.test_server_side import test_everything_goes_there_and_comes_back

__all__ = [
    "collection",
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_everything_goes_there_and_comes_back",
]

pytestmark = pytest.mark.distributed

COUNT = 300


def firs(*arguments: object) -> str:
    command = [str(Path(sys.executable).with_name("firs")), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def test_real_photos_by_the_command_line(shared_data: Path, url: str, tmp_path: Path) -> None:
    """What is found is the same on both sides, and the sums are those of the folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for image in sorted((shared_data / "flickr8k" / "images").iterdir())[:COUNT]:
        (folder / image.name).symlink_to(image)
    firs("index", folder, "--captions", shared_data / "flickr8k" / "captions.tsv")
    there = firs("migrate", folder / ".firs", url)
    assert f"{COUNT}  vectors of mini" in there
    assert firs("migrate", url, tmp_path / "back") == there
    asked = ("search", "a black dog in the snow", "-k", 10, "--paths", "-c")
    assert firs(*asked, url) == firs(*asked, folder / ".firs")
