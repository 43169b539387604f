"""A collection to a real server and back; kills and restarts on the way."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import CollectionError
from firs.migration import migrate, server_side
from firs.session import Session
from tests.collection.conftest import collection, encoder, photo, photos, rainbow
from tests.fakes import FakeEncoder
from tests.migration.making import KINDS, fill

__all__ = ["collection", "encoder", "photo", "photos", "rainbow"]

pytestmark = pytest.mark.distributed

COUNT = 300


def firs(*arguments: object) -> str:
    command = [str(Path(sys.executable).with_name("firs")), *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout


def test_all_there_is_goes_there_and_comes_back(
    collection: Collection,
    rainbow: Path,
    url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In parts of three images, and killed once on each way."""
    fill(collection, rainbow)
    monkeypatch.setattr(server_side, "_AT_ONCE", 3)
    back = tmp_path / "back" / ".firs"
    with pytest.raises(KeyboardInterrupt):
        migrate(collection.path, url, _stops)
    with pytest.raises(CollectionError, match="waits for the rest"):
        migrate(url, back)
    with pytest.raises(CollectionError, match="waits for the rest"):
        Collection(url)
    with caplog.at_level("WARNING"):
        there = migrate(collection.path, url)
    assert "bin-flat of fake is not built yet" in caplog.text
    assert set(there.sums) == KINDS
    with Collection(url, FakeEncoder(), create=False) as moved:
        assert [each.id for each in moved] == [each.id for each in collection]
        assert [each.tags for each in moved] == [each.tags for each in collection]
        assert moved.sessions.records() == collection.sessions.records()
        assert moved.log.records() == collection.log.records()
        assert moved.expansions() == collection.expansions()
        assert moved.index.kind() == "flat"
        [newest, *_] = moved.sessions.records()
        assert Session.open(moved, newest.id).to_json()["events"]
    with pytest.raises(CollectionError, match="a collection already"):
        migrate(collection.path, url)
    with pytest.raises(KeyboardInterrupt):
        migrate(url, back, _stops)
    assert migrate(url, back) == there
    with Collection(back, FakeEncoder(), create=False) as home:
        assert list(home) == list(collection)
        for mine, yours in zip(home.vectors("other"), collection.vectors("other"), strict=True):
            np.testing.assert_array_equal(mine, yours)


def _stops(what: str, done: int, total: int) -> None:
    raise KeyboardInterrupt


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
