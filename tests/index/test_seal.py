from pathlib import Path

import pytest

from firs.index import files as seal
from firs.index.files import is_sealed, leave_room, skip

BODY = bytes(range(256)) * 40


def sealed(path: Path, on_disk: slice = slice(0, 0)) -> Path:
    with path.open("w+b") as file:
        file.write(b"header")
        leave_room(file)
        file.write(BODY)
        seal.seal(file, 6, on_disk)
    return path


def holds(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(6)
        return is_sealed(file) and file.read() == BODY


def flip(path: Path, at: int) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[at] ^= 1
    path.write_bytes(damaged)


def test_a_whole_file_is_read_on_behind_its_seal(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file")
    assert holds(path)
    with path.open("rb") as file:
        skip(file, 6)
        assert file.read() == BODY


@pytest.mark.parametrize("at", [6, 14, 30, 60, 5000, -1])
def test_a_flipped_bit_is_seen(tmp_path: Path, at: int) -> None:
    path = sealed(tmp_path / "file")
    flip(path, at)
    assert not holds(path)


@pytest.mark.parametrize("size", [6, 20, 50, 70, 5000])
def test_a_file_that_was_cut_is_seen(tmp_path: Path, size: int) -> None:
    path = sealed(tmp_path / "file")
    path.write_bytes(path.read_bytes()[:size])
    assert not holds(path)


def test_places_that_cannot_be_are_refused(tmp_path: Path) -> None:
    path = sealed(tmp_path / "file")
    for places in (b"\xff" * 16, b"\x00" * 8 + b"\xff" * 7 + b"\x7f", b"\x7f" * 16):
        path.write_bytes(b"header" + places + path.read_bytes()[22:])
        assert not holds(path)


def test_of_many_vectors_samples_are_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal, "WHOLE", 1000)
    monkeypatch.setattr(seal, "_SAMPLES", 4)
    monkeypatch.setattr(seal, "_SAMPLE", 16)
    start, stop = 200, 8200
    for at, is_seen in [(199, True), (200, True), (300, False), (2205, True), (8200, True)]:
        path = sealed(tmp_path / "file", slice(start, stop))
        assert holds(path)
        flip(path, at)
        assert holds(path) is not is_seen or path.read_bytes()[-len(BODY) :] != BODY
        with path.open("rb") as file:
            file.seek(6)
            assert is_sealed(file) is not is_seen
