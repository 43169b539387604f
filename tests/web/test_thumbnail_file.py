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
def kept(path: Path) -> Iterator[ThumbnailFile]:
    with closing(ThumbnailFile([path])) as opened:
        yield opened


def test_what_was_put_is_there_in_the_next_run(kept: ThumbnailFile, path: Path) -> None:
    assert kept.get("a", 256) is None
    kept.put("a", 256, b"small")
    kept.put("a", 512, b"large")
    with closing(ThumbnailFile([path])) as again:
        assert (again.get("a", 256), again.get("a", 512)) == (b"small", b"large")
        assert again.get("b", 256) is None


def test_a_damaged_file_is_begun_anew(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database at all, but it is long enough to be taken for one" * 9)
    with closing(ThumbnailFile([path])) as kept:
        kept.put("a", 256, b"small")
        assert kept.get("a", 256) == b"small"


def test_where_nothing_can_be_written_another_place_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    places = [tmp_path / "file" / "thumbnails.db", tmp_path / "cache" / "thumbnails.db"]
    with closing(ThumbnailFile(places)) as kept:
        kept.put("a", 256, b"small")
        assert kept.get("a", 256) == b"small"
    assert places[1].exists()


def test_nowhere_to_write_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with closing(ThumbnailFile([tmp_path / "file" / "thumbnails.db"])) as kept:
        kept.put("a", 256, b"small")
        assert kept.get("a", 256) is None


def test_a_locked_file_costs_a_thumbnail_and_no_more(path: Path, kept: ThumbnailFile) -> None:
    kept.put("a", 256, b"small")
    kept._connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        kept.put("b", 256, b"lost")
        assert kept.get("a", 256) == b"small"
    assert kept.get("b", 256) is None
