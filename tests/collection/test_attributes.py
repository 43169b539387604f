"""Which images pass a filter: by path, date, size and tags."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.filters import Filter
from tests.collection.conftest import Photo, names

MAY = datetime(2024, 5, 6, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def filled(collection: Collection, photos: Path, photo: Photo) -> Collection:
    for at, name in enumerate(["2024/may/red.png", "2024/green.png", "blue.png", "2023/red.png"]):
        path = photo(name, path_colour(name))
        os.utime(path, (MAY + 86400 * at, MAY + 86400 * at))
    (photos / "blue.png").write_bytes((photos / "blue.png").read_bytes() + bytes(5000))
    os.utime(photos / "blue.png", (MAY, MAY))
    collection.add(photos)
    return collection


def path_colour(name: str) -> str:
    return Path(name).stem


def passing(collection: Collection, where: Filter) -> set[str]:
    found = collection.images(collection.filter_ids(where).tolist())
    return {str(image.path.relative_to(collection.path.parent)) for image in found}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(within="2024/**"), {"2024/may/red.png", "2024/green.png"}),
        (Filter(within="red.png"), {"2024/may/red.png", "2023/red.png"}),
        (Filter(within=("2023", "blue.*")), {"2023/red.png", "blue.png"}),
        (Filter(within="./*.png"), {"blue.png"}),
        (Filter(after=date(2024, 5, 8)), {"2023/red.png"}),
        (Filter(after=date(2024, 5, 7), before=date(2024, 5, 8)), {"2024/green.png"}),
        (Filter(larger=5000), {"blue.png"}),
        (Filter(smaller=5000, within="2023"), {"2023/red.png"}),
        (Filter(within="nowhere/**"), set()),
        (Filter(tags="nothing"), set()),
    ],
)
def test_what_passes(filled: Collection, where: Filter, expected: set[str]) -> None:
    assert passing(filled, where) == expected


def test_a_path_from_the_root_or_from_home(
    filled: Collection, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(photos))
    assert passing(filled, Filter(within=f"{photos}/2023")) == {"2023/red.png"}
    assert passing(filled, Filter(within="~/*.png")) == {"blue.png"}
    assert len(passing(filled, Filter(within=f"{photos}/"))) == 4
    assert len(passing(filled, Filter(within=str(photos)))) == 4
    assert passing(filled, Filter(within="/elsewhere/**")) == set()


def test_images_outside_the_collections_folder(
    collection: Collection, tmp_path: Path, photo: Photo
) -> None:
    inside = photo("red.png", "red")
    outside = tmp_path / "camera" / "red.png"
    outside.parent.mkdir()
    outside.write_bytes(inside.read_bytes())
    collection.add([inside, outside])
    [camera] = collection.filter_ids(Filter(within=f"{tmp_path}/camera/*")).tolist()
    assert collection.image(camera).path == outside
    assert len(collection.filter_ids(Filter(within="red.png"))) == 2
    assert len(collection.filter_ids(Filter(within="./red.png"))) == 1


def test_what_changed_is_seen(filled: Collection, photos: Path) -> None:
    blue = names(filled)["blue.png"]
    assert passing(filled, Filter(tags="sea")) == set()
    filled.tag([blue], "sea")
    assert passing(filled, Filter(tags="sea")) == {"blue.png"}
    (photos / "blue.png").rename(photos / "2024" / "sea.png")
    filled.add(photos)
    assert passing(filled, Filter(tags="sea")) == {"2024/sea.png"}
    os.utime(photos / "2024" / "sea.png", (MAY - 1e8, MAY - 1e8))
    filled.add(photos)
    assert passing(filled, Filter(before=date(2024, 1, 1))) == {"2024/sea.png"}
    filled.untag([blue], "sea")
    assert passing(filled, Filter(tags="sea")) == set()
    filled.remove([blue])
    assert passing(filled, Filter(larger=5000)) == set()


def test_more_filters_than_are_kept(filled: Collection) -> None:
    for size in range(40):
        assert len(filled.filter_ids(Filter(larger=size))) == 4


def test_an_empty_collection(collection: Collection) -> None:
    assert collection.filter_ids(Filter(within="*")).tolist() == []
