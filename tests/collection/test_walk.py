"""What is found below folders."""

import os
from pathlib import Path

import pytest

from firs.errors import InputError
from firs.indexing.walk import Found, walk
from tests.imaging.making import encoded, plain


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "tree"
    folder.mkdir()
    return folder


def touch(tree: Path, *names: str) -> None:
    for name in names:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).touch()


def found_below(tree: Path, found: Found) -> list[str]:
    return [str(Path(file.path).relative_to(tree)) for file in found.files]


def test_finds_pictures_in_order_and_nothing_else(tree: Path) -> None:
    touch(tree, "b.JPG", "a.png", "deep/er/c.heic", "deep/d.WebP", "notes.txt", "film.mp4")
    assert found_below(tree, walk([tree])) == ["a.png", "b.JPG", "deep/d.WebP", "deep/er/c.heic"]


def test_passes_over_what_is_hidden_but_not_what_is_asked_for(tree: Path) -> None:
    touch(tree, ".firs/x.png", ".hidden/y.png", "._a.png", "a.png")
    assert found_below(tree, walk([tree])) == ["a.png"]
    assert found_below(tree, walk([tree / ".hidden"])) == [".hidden/y.png"]
    assert found_below(tree, walk([tree / "._a.png"])) == ["._a.png"]


def test_recognises_a_picture_without_a_suffix(tree: Path) -> None:
    (tree / "8f3a").write_bytes(encoded(plain(), "JPEG"))
    (tree / "Makefile").write_text("all:")
    assert found_below(tree, walk([tree])) == ["8f3a"]


def test_notes_size_and_time(tree: Path) -> None:
    (tree / "a.png").write_bytes(b"12345")
    os.utime(tree / "a.png", ns=(1, 1234567890123456700))
    (file,) = walk([tree]).files
    assert (file.path, file.bytes) == (str(tree / "a.png"), 5)
    assert file.mtime_ns == (tree / "a.png").stat().st_mtime_ns


def test_overlapping_starts_give_each_file_once(tree: Path) -> None:
    touch(tree, "sub/a.png", "b.png")
    found = walk([tree / "sub", tree, tree / "b.png", str(tree)])
    assert found_below(tree, found) == ["b.png", "sub/a.png"]


def test_links_lead_to_each_folder_once(tree: Path, tmp_path: Path) -> None:
    touch(tree, "real/a.png")
    touch(tmp_path, "outside/b.png")
    (tree / "again").symlink_to(tree / "real")
    (tree / "real" / "loop").symlink_to(tree)
    (tree / "out").symlink_to(tmp_path / "outside")
    assert found_below(tree, walk([tree])) == ["out/b.png", "real/a.png"]


def test_a_start_is_the_same_by_whatever_way_it_is_reached(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touch(tree, "a.png")
    (tmp_path / "link").symlink_to(tree)
    monkeypatch.chdir(tree)
    for start in (tree, tmp_path / "link", ".", tree / ".." / "tree"):
        assert found_below(tree, walk([start])) == ["a.png"]


def test_tells_what_is_no_file(tree: Path) -> None:
    (tree / "dead.png").symlink_to(tree / "nowhere.png")
    os.mkfifo(tree / "pipe.png")
    assert walk([tree]).problems == {
        str(tree / "dead.png"): "no such file",
        str(tree / "pipe.png"): "not a regular file",
    }


def test_takes_every_name(tree: Path) -> None:
    names = [b"new\nline.png", "grün 🌈.png".encode(), b"latin-\xe9.png", b" .png", b"\"'%s;--.png"]
    for name in names:
        with open(os.path.join(os.fsencode(tree), name), "wb"):  # noqa: PTH118, PTH123
            pass
    found = [os.fsencode(os.path.basename(file.path)) for file in walk([tree]).files]  # noqa: PTH119
    assert sorted(found) == sorted(names)


def test_finds_caption_files_beside_pictures(tree: Path) -> None:
    touch(tree, "captions.tsv", "sub/captions.json", "sub/other.json", ".firs/captions.csv")
    assert walk([tree]).caption_files == [tree / "captions.tsv", tree / "sub" / "captions.json"]


def test_covers_whole_names_only(tree: Path) -> None:
    touch(tree, "sub/a.png")
    found = walk([tree / "sub"])
    assert found.covers(str(tree / "sub" / "a.png"))
    assert found.covers(str(tree / "sub"))
    assert not found.covers(str(tree / "sub two" / "a.png"))


def test_what_does_not_exist_is_told(tree: Path) -> None:
    with pytest.raises(InputError, match=r"no folder or file .*nowhere"):
        walk([tree, tree / "nowhere"])
