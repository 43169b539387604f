"""Parquet files and URLs, as other programs write them; shards on a cluster stand elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firs.collection import Collection
from firs.errors import ImageError, InputError
from firs.filters import Filter
from firs.imaging import decode
from firs.sources import shards
from firs.sources.parquet import ParquetShard
from firs.sources.shards import status
from firs.web.image_files import open_original
from tests.collection.conftest import counts
from tests.fakes import FakeEncoder
from tests.sources.shards import colour, png, write_tar

pytestmark = [pytest.mark.distributed, pytest.mark.filterwarnings("ignore")]

RED, BLUE = (255, 0, 0), (0, 0, 255)


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    with Collection(tmp_path / "home", FakeEncoder()) as opened:
        yield opened


@pytest.fixture
def memory() -> Any:
    """Objects in memory, by name, behind ``memory://photos``."""
    fsspec = pytest.importorskip("fsspec", reason="needs fsspec: make test-distributed")
    system = fsspec.filesystem("memory")
    system.store.clear()
    system.pipe({"/photos/a/red.png": png("red"), "/photos/blue.png": png("blue")})
    system.pipe({"/photos/notes.txt": b"no picture", "/photos/bad.jpg": b"no picture"})
    return system


def write(path: Path, rows: list[dict[str, Any]], group: int = 2) -> Path:
    """A Parquet file with these rows, ``group`` in a row group."""
    pa = pytest.importorskip("pyarrow", reason="needs pyarrow: make test-distributed")
    from pyarrow import parquet

    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return path


def rows_of(path: Path) -> ParquetShard:
    return ParquetShard(str(path), status(str(path)))


def test_rows_as_hugging_face_writes_them(collection: Collection, tmp_path: Path) -> None:
    rows: list[dict[str, Any]] = [
        {"image": {"bytes": png("red"), "path": "1.png"}, "caption": ["red", " all  red ", "red"]},
        {"image": {"bytes": png("blue"), "path": None}, "caption": []},
        {"image": {"bytes": None, "path": None}, "caption": None},
    ]
    part = write(tmp_path / "part.parquet", rows)
    report = collection.add(part)
    assert counts(report) == {"added": 2}
    assert [(each.path.name, each.reason) for each in report.problems] == [
        ("row-2", "no picture in this row")
    ]
    red, blue = collection.images(collection.ids([part / "row-0", part / "row-1"]))
    assert (red.captions, blue.captions) == (("red", "all red"), ())
    assert red.bytes == len(png("red"))
    assert colour(decode(blue.path)) == BLUE
    assert open_original(red).file.read() == png("red")
    assert counts(collection.add(part)) == {"unchanged": 2}


def test_rows_that_name_where_pictures_lie(collection: Collection, tmp_path: Path) -> None:
    (tmp_path / "red.png").write_bytes(png("red"))
    (tmp_path / "blue.png").write_bytes(png("blue"))
    places = ["red.png", str(tmp_path / "blue.png"), (tmp_path / "red.png").as_uri(), "gone.png"]
    part = write(tmp_path / "part.parquet", [{"url": each, "TEXT": "a"} for each in places])
    report = collection.add(part)
    assert counts(report) == {"added": 3, "duplicates": 1}
    assert [each.reason for each in report.problems] == ["no such file"]
    assert report.captions == 3


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ({"id": 1, "jpg": b"", "label": b""}, "jpg"),
        ({"thing": b"", "caption": "a"}, "thing"),
        ({"Image": {"bytes": b"", "path": ""}, "path": ""}, "Image"),
        ({"caption": "a", "image_url": "https://example.org/1.jpg"}, "image_url"),
    ],
)
def test_the_column_is_found(tmp_path: Path, row: dict[str, Any], column: str) -> None:
    assert rows_of(write(tmp_path / "a.parquet", [row]))._column == column


def test_without_a_column_of_pictures(collection: Collection, tmp_path: Path) -> None:
    report = collection.add(write(tmp_path / "a.parquet", [{"caption": "a", "score": 1}]))
    assert report.problems[0].reason == "no column of pictures; there are: caption, score"


def test_a_broken_file_and_a_broken_row_group(collection: Collection, tmp_path: Path) -> None:
    rows = [{"image": png(each), "n": 7} for each in ("red", "blue", "green", "white")]
    part = write(tmp_path / "a.parquet", rows)
    whole = part.read_bytes()
    at = whole.index(png("green")[20:40])
    part.write_bytes(whole[: at - 90] + b"\xff" * 80 + whole[at - 10 :])
    report = collection.add(part)
    assert report.added == 2
    assert {each.path.name for each in report.problems} == {"row-2", "row-3"}
    part.write_bytes(whole[:-9])
    report = collection.add(part, prune=True)
    assert [each.path for each in report.problems] == [part]
    assert len(collection) == 2


@pytest.mark.parametrize("member", ["row-2", "row-", "row--1", "0", "../row-0"])
def test_no_such_row(tmp_path: Path, member: str) -> None:
    rows = rows_of(write(tmp_path / "a.parquet", [{"image": png("red")}] * 2))
    with pytest.raises(ImageError, match="no such file"):
        rows.read(member)


def test_objects_behind_a_url(collection: Collection, memory: Any) -> None:
    report = collection.add("memory://photos")
    assert counts(report) == {"added": 2}
    assert [(str(each.path), each.reason) for each in report.problems] == [
        ("memory:/photos/bad.jpg", "not an image")
    ]
    assert {str(each.path) for each in collection} == {
        "memory:/photos/a/red.png",
        "memory:/photos/blue.png",
    }
    (red,) = collection.images(collection.ids(["memory://photos/a/red.png"]))
    assert colour(decode(red.path)) == RED
    assert open_original(red).file.read() == png("red")
    assert collection.search("blue", k=1)[0].path == Path("memory:/photos/blue.png")
    assert collection.filter_ids(Filter(within="memory://photos/a/")).tolist() == [red.id]
    assert counts(collection.add("memory://photos")) == {"unchanged": 2}


def test_objects_that_changed_moved_and_went(collection: Collection, memory: Any) -> None:
    collection.add("memory://photos")
    memory.mv("/photos/a/red.png", "/photos/moved.png")
    memory.pipe("/photos/blue.png", png("green"))
    assert counts(collection.add("memory://photos")) == {"moved": 1, "updated": 1}
    memory.rm("/photos/moved.png")
    assert counts(collection.add("memory://photos")) == {"unchanged": 1, "missing": 1}
    assert counts(collection.add("memory://photos", prune=True)) == {"unchanged": 1, "removed": 1}


def test_one_object_and_a_pattern(collection: Collection, memory: Any) -> None:
    assert counts(collection.add("memory://photos/blue.png")) == {"added": 1}
    assert counts(collection.add("memory://photos/*/*.png")) == {"added": 1}
    memory.rm("/photos/a/red.png")
    memory.pipe("/photos/b/green.png", png("green"))
    report = collection.add("memory://photos/*/*.png", prune=True)
    assert counts(report) == {"added": 1, "removed": 1}


def test_shards_behind_urls(collection: Collection, memory: Any, tmp_path: Path) -> None:
    members = {"0.png": png("red"), "0.txt": b"a red square"}
    memory.pipe("/shards/0.tar", write_tar(tmp_path / "0.tar", members).read_bytes())
    part = write(tmp_path / "1.parquet", [{"image": png("blue")}])
    memory.pipe("/shards/1.parquet", part.read_bytes())
    report = collection.add(["memory://shards/*.tar", "memory://shards/1.parquet"])
    assert (counts(report), report.captions) == ({"added": 2}, 1)
    paths = ["memory://shards/0.tar/0.png", "memory://shards/1.parquet/row-0"]
    colours = [colour(decode(each.path)) for each in collection.images(collection.ids(paths))]
    assert colours == [RED, BLUE]
    assert counts(collection.add("memory://shards/*")) == {"unchanged": 2}


def test_a_tar_behind_a_url_is_read_through_once(
    collection: Collection, memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the tar was read through again")

    monkeypatch.setenv("FIRS_CACHE", str(tmp_path / "cache"))
    members = {"0.png": png("red"), "0.txt": b"a red square"}
    memory.pipe("/shards/0.tar", write_tar(tmp_path / "0.tar", members).read_bytes())
    collection.add("memory://shards/0.tar")
    shards._open_cached.cache_clear()  # as in another process
    with monkeypatch.context() as patched:
        patched.setattr("firs.sources.tar.open_place", refuse)
        assert counts(collection.add("memory://shards/0.tar")) == {"unchanged": 1}
    memory.pipe("/shards/0.tar", write_tar(tmp_path / "0.tar", {"1.png": png("blue")}).read_bytes())
    assert counts(collection.add("memory://shards/0.tar")) == {"added": 1, "missing": 1}


@pytest.mark.parametrize("url", ["memory://nothing", "nosuch://a/b", "s3://bucket/photos"])
def test_entries_that_cannot_be_listed(collection: Collection, memory: Any, url: str) -> None:
    with pytest.raises(InputError, match=url):
        collection.add(url)
    assert len(collection) == 0
