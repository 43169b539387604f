import errno
import logging
import os
import time
from pathlib import Path

import numpy as np
import pytest

from firs.errors import InputError
from firs.index import KINDS
from firs.index.entries import GivenEntries
from firs.index.files import IndexKey, file_name
from tests.index.opening import load_or_build
from tests.index.test_contract import unit

KEY = IndexKey("fake", "f00d", 1)


class Entries:
    """Entries to index, and how often they were read."""

    def __init__(self, count: int = 50) -> None:
        self.vectors = unit(count, 0)
        self.reads = 0

    def read(self) -> GivenEntries:
        self.reads += 1
        return GivenEntries(np.arange(len(self.vectors)), self.vectors)


@pytest.fixture
def entries() -> Entries:
    return Entries()


def load(folder: Path | None, entries: Entries, key: IndexKey = KEY, kind: str = "exact") -> int:
    """Load, check that it answers rightly, and return how often the entries have been read."""
    index = load_or_build(kind, folder, key, entries.read)
    ids, _ = index.search(entries.vectors, 1)
    assert ids[:, 0].tolist() == list(range(len(entries.vectors)))
    return entries.reads


@pytest.mark.parametrize("kind", KINDS)
def test_read_once_then_taken_from_the_file(tmp_path: Path, entries: Entries, kind: str) -> None:
    folder = tmp_path / "not" / "there yet"
    assert [load(folder, entries, kind=kind) for _ in range(3)] == [1, 1, 1]
    assert [file.name for file in folder.iterdir()] == [file_name(kind)]


def test_no_folder_no_file(entries: Entries) -> None:
    assert [load(None, entries) for _ in range(2)] == [1, 2]


@pytest.mark.parametrize(
    "newer",
    [IndexKey("other", "f00d", 1), IndexKey("fake", "beef", 1), IndexKey("fake", "f00d", 2)],
)
def test_stale_is_built_again(tmp_path: Path, entries: Entries, newer: IndexKey) -> None:
    load(tmp_path, entries)
    assert [load(tmp_path, entries, newer) for _ in range(2)] == [2, 2]


def test_another_format_is_built_again(
    tmp_path: Path, entries: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(tmp_path, entries)
    monkeypatch.setattr("firs.index.files.FORMAT", 99)
    assert load(tmp_path, entries) == 2


def test_another_kinds_file_is_not_taken(tmp_path: Path, entries: Entries) -> None:
    load(tmp_path, entries)
    (tmp_path / "exact.index").rename(tmp_path / "exact-float32.index")
    assert load(tmp_path, entries, kind="exact(dtype=float32)") == 2


def test_every_truncation_is_seen(tmp_path: Path, entries: Entries) -> None:
    load(tmp_path, entries)
    file = tmp_path / "exact.index"
    whole = file.read_bytes()
    cuts = [0, 1, 40, 90, 120, 200, len(whole) // 2, len(whole) - 1]
    for reads, cut in enumerate(cuts, start=2):
        file.write_bytes(whole[:cut])
        assert load(tmp_path, entries) == reads
        assert file.read_bytes() == whole


def test_every_flipped_bit_is_seen(tmp_path: Path) -> None:
    entries = Entries(count=3)
    load(tmp_path, entries)
    file = tmp_path / "exact.index"
    whole = file.read_bytes()
    for reads, at in enumerate(range(0, len(whole), 7), start=2):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << (at % 8)
        file.write_bytes(damaged)
        assert load(tmp_path, entries) == reads


@pytest.mark.parametrize("garbage", [b"", b"\0" * 5000, b"not an index\n" * 100])
def test_garbage_is_built_again(tmp_path: Path, entries: Entries, garbage: bytes) -> None:
    (tmp_path / "exact.index").write_bytes(garbage)
    assert [load(tmp_path, entries) for _ in range(2)] == [1, 1]


def test_a_folder_that_cannot_be_made_costs_only_the_file(
    tmp_path: Path, entries: Entries, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert [load(tmp_path / "file" / "cache", entries) for _ in range(2)] == [1, 2]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert "no index file at" in caplog.text


def test_a_full_disk_costs_only_the_file_and_keeps_the_old_one(
    tmp_path: Path,
    entries: Entries,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    load(tmp_path, entries)
    before = (tmp_path / "exact.index").read_bytes()

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    assert load(tmp_path, entries, IndexKey("fake", "f00d", 2)) == 2
    assert "No space left on device" in caplog.text
    assert [file.name for file in tmp_path.iterdir()] == ["exact.index"]
    assert (tmp_path / "exact.index").read_bytes() == before


def test_a_folder_in_the_files_place(
    tmp_path: Path, entries: Entries, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "exact.index").mkdir()
    assert load(tmp_path, entries) == 1
    assert "no index file at" in caplog.text


def test_what_a_killed_process_left_is_removed(tmp_path: Path, entries: Entries) -> None:
    left, fresh = tmp_path / "exact.index.1.part", tmp_path / "exact.index.2.part"
    for part in (left, fresh):
        part.write_bytes(b"half")
    an_hour_ago = time.time() - 3700
    os.utime(left, (an_hour_ago, an_hour_ago))
    load(tmp_path, entries)
    assert not left.exists()
    assert fresh.exists()


def test_an_unknown_kind(tmp_path: Path, entries: Entries) -> None:
    with pytest.raises(InputError, match=r"no index called 'nearest'.*exact, hash, ivf"):
        load_or_build("nearest", tmp_path, KEY, entries.read)


def test_entries_that_cannot_be_indexed_leave_no_file(tmp_path: Path, entries: Entries) -> None:
    entries.vectors[3] = 0
    with pytest.raises(InputError, match="entry 3"):
        load_or_build("exact", tmp_path, KEY, entries.read)
    assert list(tmp_path.iterdir()) == []
