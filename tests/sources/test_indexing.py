"""Shards in a collection, as files are: found, skipped, changed, gone, and opened again."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import fsspec
import pytest

from firs.collection import Collection, ImageRecord
from firs.errors import InputError, MissingExtra
from firs.filters import Filter
from firs.imaging import decode
from firs.imaging.contact_sheet import contact_sheet
from firs.web.image_files import open_original
from firs.web.problems import NotFound
from tests.collection.conftest import counts
from tests.fakes import FakeEncoder
from tests.imaging.making import png_header
from tests.sources.shards import colour, png, write_tar

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    """Two pictures, one of them with a caption, and one that is none."""
    return write_tar(
        tmp_path / "0001.tar",
        {
            "000.png": png("red"),
            "000.txt": b"a red square",
            "001.png": png("blue"),
            "002.png": b"no picture",
        },
    )


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with Collection(tmp_path / "home", FakeEncoder()) as opened:
        yield opened


def at(collection: Collection, path: Path) -> ImageRecord:
    return collection.images(collection.ids([path]))[0]


def test_its_members_are_images_with_paths_of_their_own(
    collection: Collection, shard: Path
) -> None:
    report = collection.add(shard)
    assert counts(report) == {"added": 2}
    assert [(each.path, each.reason) for each in report.problems] == [
        (shard / "002.png", "not an image")
    ]
    red = at(collection, shard / "000.png")
    assert red.captions == ("a red square",)
    assert (red.width, red.height, red.format, red.bytes) == (60, 40, "PNG", len(png("red")))
    assert red.mtime_ns == shard.stat().st_mtime_ns
    assert collection.search("blue", k=1)[0].path == shard / "001.png"
    assert collection.filter_ids(Filter(within=(f"{shard}/",))).tolist() == [
        each.id for each in collection
    ]


def test_everything_opens_them(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    red = at(collection, shard / "000.png")
    assert colour(decode(red.path)) == RED
    original = open_original(red)
    assert (original.file.read(), original.key, original.format) == (png("red"), red.hash, "PNG")
    found = collection.search(image=shard / "001.png", k=2)
    assert found[0].path == shard / "001.png"
    sheet = contact_sheet(found, title="blue")
    assert {RED, BLUE} <= {pixel for _, pixel in sheet.getcolors(1 << 20) or ()}


def test_an_unchanged_shard_is_not_read_again(
    collection: Collection, shard: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_tar(shard, {"000.png": png("red"), "001.png": png("blue")})
    collection.add(shard)

    def refuse(*_: object) -> None:
        raise AssertionError("a member was read")

    monkeypatch.setattr("firs.sources.tar.Tar.read", refuse)
    assert counts(collection.add(shard)) == {"unchanged": 2}


def test_a_changed_shard(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    write_tar(shard, {"000.png": png("red"), "001.png": png("white"), "003.png": png("green")})
    os.utime(shard, (2e9, 2e9))
    report = collection.add(shard)
    assert counts(report) == {"added": 1, "updated": 1, "unchanged": 1}
    assert report.problems == ()
    assert colour(decode(shard / "001.png")) == (255, 255, 255)


def test_missing_members_are_removed_on_request(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    write_tar(shard, {"000.png": png("red")})
    os.utime(shard, (2e9, 2e9))
    assert counts(collection.add(shard)) == {"unchanged": 1, "missing": 1}
    assert counts(collection.add(shard, prune=True)) == {"unchanged": 1, "removed": 1}


def test_copy_of_a_member_is_not_a_move(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    folder = shard.parent / "copies"
    folder.mkdir()
    (folder / "red.png").write_bytes(png("red"))
    assert counts(collection.add(folder)) == {"added": 1, "duplicates": 1}
    shard.unlink()
    (folder / "blue.png").write_bytes(png("blue"))
    assert counts(collection.add(folder)) == {"moved": 1, "unchanged": 1}


def test_truncated_shard_is_used_as_far_as_possible(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    shard.write_bytes(shard.read_bytes()[:1500])
    report = collection.add(shard, prune=True)
    assert (report.removed, len(collection)) == (0, 2)
    assert any("pictures before the damage are used" in each.reason for each in report.problems)


def test_a_bomb_in_it(collection: Collection, shard: Path) -> None:
    write_tar(shard, {"0.png": png_header(100_000, 100_000), "1.png": png("red")})
    report = collection.add(shard)
    assert report.added == 1
    assert "decompression bomb" in report.problems[0].reason


def test_a_shard_must_be_named(collection: Collection, shard: Path) -> None:
    with pytest.raises(InputError, match="There are no pictures in"):
        collection.add(shard.parent)


def test_one_that_went_away(collection: Collection, shard: Path) -> None:
    collection.add(shard)
    red = at(collection, shard / "000.png")
    shard.unlink()
    with pytest.raises(NotFound, match=r"000.png cannot be read"):
        open_original(red)


@pytest.mark.skipif(find_spec("s3fs") is not None, reason="the package is installed")
def test_a_url_needs_the_package_of_its_storage(collection: Collection) -> None:
    with pytest.raises(InputError, match=r"s3://bucket/photos cannot be opened: Install s3fs"):
        collection.add("s3://bucket/photos")


def test_objects_are_read_by_fsspec(collection: Collection) -> None:
    system = fsspec.filesystem("memory")
    system.pipe("/photos/red.png", png("red"))
    try:
        assert counts(collection.add("memory://photos")) == {"added": 1}
        assert colour(decode(at(collection, Path("memory:/photos/red.png")).path)) == RED
    finally:
        system.rm("/photos", recursive=True)


@pytest.mark.skipif(find_spec("pyarrow") is not None, reason="the extra is installed")
def test_parquet_needs_the_extra(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(MissingExtra, match="Parquet files need the extra 'shards'"):
        collection.add(tmp_path / "a.parquet")


def test_a_url_of_this_machine_is_a_folder(collection: Collection, tmp_path: Path) -> None:
    folder = tmp_path / "two cats"
    folder.mkdir()
    (folder / "red.png").write_bytes(png("red"))
    assert counts(collection.add(folder.as_uri())) == {"added": 1}
    assert at(collection, folder / "red.png").path == folder / "red.png"


def test_a_pattern_of_a_url_of_this_machine(collection: Collection, tmp_path: Path) -> None:
    folder = tmp_path / "two [old] cats"
    (folder / "more").mkdir(parents=True)
    for name in ("red.png", "more/blue.png", "notes.txt", ".hidden.png"):
        (folder / name).write_bytes(png("red" if "red" in name else "blue"))
    url = folder.as_uri()
    assert counts(collection.add(f"{url}/*")) == {"added": 1}
    assert counts(collection.add(f"{url}/**/*.png")) == {"added": 1, "unchanged": 1}
    (folder / "red.png").unlink()
    assert counts(collection.add(f"{url}/m?re/*.png")) == {"unchanged": 1, "missing": 1}
    assert counts(collection.add(f"{url}/**", prune=True)) == {"unchanged": 1, "removed": 1}
    with pytest.raises(InputError, match=r"no pictures or shards at file:.*\*\.gif"):
        collection.add(f"{url}/*.gif")


def test_shards_that_a_url_of_this_machine_matches(collection: Collection, shard: Path) -> None:
    write_tar(shard.parent / "0002.tar", {"0.png": png("green")})
    pattern = f"{shard.parent.as_uri()}/*.tar"
    assert counts(collection.add(pattern)) == {"added": 3}
    assert at(collection, shard / "000.png").captions == ("a red square",)
    assert counts(collection.add(Path(pattern))) == {"unchanged": 3}
    assert counts(collection.add(shard.as_uri())) == {"unchanged": 2}
