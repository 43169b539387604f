"""Cached listings of remote tars: unchanged, and scanned again if anything is wrong."""

from pathlib import Path

import pytest

from firs.sources.shards import Status
from firs.sources.tar import Listing, cache_listing, cached_listing

NOW = Status(10, 20)
LISTING = Listing({"a/\udcff.png": (512, 99)}, {"a/\udcff.png": ["a cat"]}, "cut")
URL = "s3:/bucket/\udcff.tar"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIRS_CACHE", str(tmp_path))
    return tmp_path


def test_as_it_was() -> None:
    assert cached_listing(URL, NOW) is None
    cache_listing(URL, NOW, LISTING)
    assert cached_listing(URL, NOW) == LISTING


def test_changed_tar_has_no_cached_listing() -> None:
    cache_listing(URL, NOW, LISTING)
    assert cached_listing(URL, Status(11, 20)) is None
    assert cached_listing(URL, Status(10, 21)) is None


def test_a_damaged_one_is_none(cache: Path) -> None:
    cache_listing(URL, NOW, LISTING)
    (file,) = (cache / "shards").iterdir()
    file.write_bytes(file.read_bytes()[:20])
    assert cached_listing(URL, NOW) is None
    file.write_bytes(b"{}")
    assert cached_listing(URL, NOW) is None


def test_cache_that_cannot_be_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache / "file").write_bytes(b"")
    monkeypatch.setenv("FIRS_CACHE", str(cache / "file"))
    cache_listing(URL, NOW, LISTING)
    assert cached_listing(URL, NOW) is None
