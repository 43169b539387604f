import os
from contextlib import closing
from pathlib import Path

import pytest

from firs.collection import Collection, ImageRecord
from firs.web.image_files import open_original
from firs.web.problems import NotFound
from tests.fakes import FakeEncoder
from tests.imaging.making import plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    return tmp_path / "photos"


def indexed(folder: Path) -> ImageRecord:
    """The one image of a folder."""
    with Collection(folder / ".firs", FakeEncoder()) as collection:
        collection.add(folder)
        [image] = collection
        return image


@pytest.fixture
def red(folder: Path) -> ImageRecord:
    plain("red").save(folder / "red.png")
    return indexed(folder)


def content(image: ImageRecord) -> bytes:
    original = open_original(image)
    with closing(original.file) as file:
        assert original.bytes == image.path.stat().st_size
        return file.read()


def test_indexed_file_is_opened(red: ImageRecord) -> None:
    original = open_original(red)
    original.file.close()
    assert (original.format, original.key) == ("PNG", red.hash)
    assert content(red) == red.path.read_bytes()


def test_changed_file_is_opened_as_it_is_now(red: ImageRecord) -> None:
    plain("blue", (90, 90)).save(red.path, "JPEG")
    original = open_original(red)
    original.file.close()
    assert original.format == "JPEG"
    assert original.key != red.hash


def test_missing_file_is_reported(red: ImageRecord) -> None:
    red.path.unlink()
    with pytest.raises(NotFound, match=r"red\.png cannot be read \(no such file"):
        open_original(red)


@pytest.mark.parametrize("data", [b"", b"root:x:0:0", b"<svg onload=alert(1)>", b"\0" * 99])
def test_file_that_is_no_picture_any_more_is_refused(red: ImageRecord, data: bytes) -> None:
    red.path.write_bytes(data)
    with pytest.raises(NotFound, match="no longer the picture"):
        open_original(red)


def test_pipe_or_folder_that_replaces_a_file_is_refused(red: ImageRecord) -> None:
    red.path.unlink()
    os.mkfifo(red.path)
    with pytest.raises(NotFound):
        open_original(red)
    red.path.unlink()
    red.path.mkdir()
    with pytest.raises(NotFound):
        open_original(red)


def test_link_to_other_content_is_refused(red: ImageRecord, tmp_path: Path) -> None:
    plain("green").save(tmp_path / "secret.png")
    red.path.unlink()
    red.path.symlink_to(tmp_path / "secret.png")
    with pytest.raises(NotFound, match="no longer the picture"):
        open_original(red)


def test_parent_folder_replaced_by_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "2024").mkdir()
    plain("red").save(folder / "2024" / "a.png")
    image = indexed(folder)
    (tmp_path / "secret").mkdir()
    plain("green").save(tmp_path / "secret" / "a.png")
    (folder / "2024").rename(tmp_path / "moved")
    (folder / "2024").symlink_to(tmp_path / "secret")
    with pytest.raises(NotFound, match="no longer the picture"):
        open_original(image)


def test_link_to_other_content_of_equal_size_and_time_is_refused(
    red: ImageRecord, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.png"
    data = bytearray(red.path.read_bytes())
    data[-1] ^= 1
    secret.write_bytes(data)
    os.utime(secret, ns=(red.mtime_ns, red.mtime_ns))
    red.path.unlink()
    red.path.symlink_to(secret)
    with pytest.raises(NotFound):
        open_original(red)


def test_links_that_were_indexed_are_pictures_like_others(folder: Path, tmp_path: Path) -> None:
    plain("red").save(tmp_path / "elsewhere.png")
    (folder / "red.png").symlink_to(tmp_path / "elsewhere.png")
    assert content(indexed(folder)) == (tmp_path / "elsewhere.png").read_bytes()
