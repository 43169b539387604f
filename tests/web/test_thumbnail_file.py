import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from firs.web.image_files import ThumbnailFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "thumbnails.db"


@pytest.fixture
def stored(path: Path) -> Iterator[ThumbnailFile]:
    with closing(ThumbnailFile([path])) as opened:
        yield opened


def test_stored_thumbnail_is_available_in_the_next_run(stored: ThumbnailFile, path: Path) -> None:
    assert stored.get("a", 256) is None
    stored.put("a", 256, b"small")
    stored.put("a", 512, b"large")
    with closing(ThumbnailFile([path])) as again:
        assert (again.get("a", 256), again.get("a", 512)) == (b"small", b"large")
        assert again.get("b", 256) is None


def test_damaged_file_is_replaced(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all, but it is long enough to be taken for one" * 9)
    with closing(ThumbnailFile([path])) as stored:
        stored.put("a", 256, b"small")
        assert stored.get("a", 256) == b"small"


def test_next_writable_place_is_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    places = [tmp_path / "file" / "thumbnails.db", tmp_path / "cache" / "thumbnails.db"]
    with closing(ThumbnailFile(places)) as stored:
        stored.put("a", 256, b"small")
        assert stored.get("a", 256) == b"small"
    assert places[1].exists()


def test_no_writable_place_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(ThumbnailFile([tmp_path / "file" / "thumbnails.db"])) as stored:
        stored.put("a", 256, b"small")
        assert stored.get("a", 256) is None


def test_a_locked_file_costs_a_thumbnail_and_no_more(path: Path, stored: ThumbnailFile) -> None:
    stored.put("a", 256, b"small")
    stored._connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stored.put("b", 256, b"lost")
        assert stored.get("a", 256) == b"small"
    assert stored.get("b", 256) is None
