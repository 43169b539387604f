"""WebDataset shards, whole, hostile and damaged."""

import tarfile
from pathlib import Path

import pytest

from firs.errors import ImageError
from firs.sources.shards import status
from firs.sources.tar import Tar
from tests.sources.shards import png, write_tar


def opened(path: Path) -> Tar:
    return Tar(str(path), status(str(path)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shard.tar"


def test_pictures_and_captions(path: Path) -> None:
    shard = opened(
        write_tar(
            path,
            {
                "a/000.png": png("red"),
                "a/000.txt": b" a red\n square ",
                "a/000.json": b'{"caption": "red", "text": ["a red square", "all red"], "n": 1}',
                "a/001.seg.png": png("blue"),
                "a/001.cls": b"7",
                "b/000.JPG": png("green"),
                "b/000.txt": b"",
            },
        )
    )
    assert list(shard.members()) == ["a/000.png", "a/001.seg.png", "b/000.JPG"]
    assert shard.members()["a/000.png"] == len(png("red"))
    assert shard.read("a/001.seg.png") == png("blue")
    assert shard.captions() == {"a/000.png": ["a red square", "red", "all red"]}
    assert shard.problem is None


@pytest.mark.parametrize("text", [b"\xff\xfe", b"[1]", b"{", b'{"caption": 7}', b"[" * 100_000])
def test_invalid_captions_are_ignored(path: Path, text: bytes) -> None:
    shard = opened(write_tar(path, {"0.png": png("red"), "0.json": text}))
    assert shard.captions() == {}
    assert shard.read("0.png") == png("red")


def test_names_lead_nowhere(path: Path) -> None:
    shard = opened(write_tar(path, {"../../etc/0.png": png("red"), "/root/./1.png": png("blue")}))
    assert list(shard.members()) == ["etc/0.png", "root/1.png"]
    assert shard.read("etc/0.png") == png("red")
    with pytest.raises(ImageError, match="no such file"):
        shard.read("../../etc/0.png")


def test_links_folders_and_hidden_files_are_no_pictures(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        for name, kind in (("l.png", tarfile.SYMTYPE), ("h.png", tarfile.LNKTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
        info = tarfile.TarInfo("folder.png")
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        tar.addfile(tarfile.TarInfo("._0.png"))
    assert opened(path).members() == {}


def test_truncated_shard_keeps_earlier_members(path: Path) -> None:
    write_tar(path, {"0.png": png("red"), "1.png": png("blue"), "2.png": png("green")})
    whole = path.read_bytes()
    path.write_bytes(whole[: 3 * 1024 - 400])
    shard = opened(path)
    assert shard.problem is not None
    assert "pictures before the damage are used" in shard.problem
    assert shard.read("0.png") == png("red")


def test_invalid_tar(path: Path) -> None:
    path.write_bytes(b"no tar at all" * 100)
    shard = opened(path)
    assert shard.members() == {}
    assert shard.problem is not None


def test_false_size_is_detected(path: Path) -> None:
    info = tarfile.TarInfo("0.png")
    info.size = 2**40
    path.write_bytes(info.tobuf())
    shard = opened(path)
    for name in shard.members():
        with pytest.raises(ImageError, match="too large"):
            shard.read(name)
