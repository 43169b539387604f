"""Files that were moved or touched are settled many at a time: few calls of a server each."""

from collections.abc import Callable
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.milvus import ingest_session as catalogue
from tests.collection.conftest import Photo, counts, names
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus

COUNT, BATCH = 60, 4
STORING = {"upsert": 1, "query": 6}
"""Calls that note how many rows are stored at the end: three parts are counted twice."""


@pytest.fixture
def many(photos: Path, photo: Photo) -> Path:
    (photos / "below").mkdir()
    photo("below/other.png", "red")
    for number in range(COUNT):
        photo(f"{number:02}.png", f"rgb({number * 4}, 90, 200)")
    return photos


def rename(folder: Path) -> None:
    for path in sorted(folder.glob("*.png")):
        path.rename(folder / f"new-{path.name}")


def move_below(folder: Path) -> None:
    for path in sorted(folder.glob("*.png")):
        path.rename(folder / "below" / path.name)


def touch(folder: Path) -> None:
    for path in folder.glob("*.png"):
        path.touch()


@pytest.mark.parametrize(
    ("change", "inside", "expected"),
    [
        (rename, "", {"moved": COUNT, "unchanged": 1}),
        (move_below, "below", {"moved": COUNT, "unchanged": 1}),
        (touch, "", {"unchanged": COUNT + 1}),
    ],
)
def test_many_at_a_time(
    milvus: FakeMilvus,
    url: str,
    many: Path,
    change: Callable[[Path], None],
    inside: str,
    expected: dict[str, int],
) -> None:
    encoder = FakeEncoder()
    with Collection(url, encoder) as collection:
        collection.add(many, batch_size=BATCH)
        before = sorted(names(collection).values())
        change(many)
        milvus.calls.clear()
        assert counts(collection.add(many / inside, batch_size=BATCH)) == expected
        assert milvus.count_calls("upsert") <= 3 + STORING["upsert"]
        assert milvus.count_calls("query") <= 20 + STORING["query"]
        assert encoder.embedded == COUNT + 1
        assert sorted(names(collection).values()) == before
        assert {image.path.parent for image in collection} <= {many, many / "below"}
        assert all(image.path.exists() for image in collection)


def test_in_a_large_collection_contents_elsewhere_are_looked_up_by_the_batch(
    milvus: FakeMilvus, url: str, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "FEW", 10)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(many)
        before = sorted(names(collection).values())
        move_below(many)
        milvus.calls.clear()
        assert counts(collection.add(many / "below")) == {"moved": COUNT, "unchanged": 1}
        assert milvus.count_calls("query") <= 20 + STORING["query"]
        assert sorted(names(collection).values()) == before
