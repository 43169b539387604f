"""A calibrated search fetches few embeddings from a server, and each only once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firs.collection import Collection
from firs.milvus.server import Server
from tests.collection.conftest import Photo
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus

COUNT, SAMPLE = 400, 60


@pytest.fixture
def many(photos: Path, photo: Photo) -> Path:
    colours = np.random.default_rng(0).integers(0, 256, (COUNT, 3))
    for number, (red, green, blue) in enumerate(colours.tolist()):
        photo(f"{number:03}.png", f"rgb({red}, {green}, {blue})")
    return photos


@pytest.fixture
def calibrated(
    milvus: FakeMilvus, url: str, many: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Collection]:
    monkeypatch.setattr("firs.search.shortlist.SAMPLE", SAMPLE)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(many)
        collection.calibration.fit("everyday")
        yield collection


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the number of embeddings that each call fetched by id."""
    counts: list[int] = []
    get = Server.get

    def counting(self: Server, name: str, ids: Any, fields: Any = (), **options: Any) -> Any:
        found = get(self, name, ids, fields, **options)
        if "vector" in fields:
            counts.append(len(found))
        return found

    monkeypatch.setattr(Server, "get", counting)
    return counts


def test_few_are_fetched_and_those_once(calibrated: Collection, fetched: list[int]) -> None:
    calibrated.search("red", k=5)
    fetched.clear()
    found = calibrated.search("blue", k=5)
    assert sum(fetched) < COUNT / 4
    fetched.clear()
    assert calibrated.search("blue", k=5).ids.tolist() == found.ids.tolist()
    assert fetched == []


def test_its_results_are_those_of_a_search_of_all_embeddings(
    calibrated: Collection, many: Path, tmp_path: Path
) -> None:
    with Collection(tmp_path / "folder", FakeEncoder()) as folder:
        folder.add(many)
        folder.calibration.fit("everyday")
        for text in ("red", "blue sky", "a dark green wall", "white"):
            one, other = (each.search(text, k=30) for each in (folder, calibrated))
            assert [each.path for each in other] == [each.path for each in one]


def test_added_images_are_found_at_once(
    calibrated: Collection, many: Path, photo: Photo, fetched: list[int]
) -> None:
    calibrated.search("blue", k=5)
    new = photo("new.png", "blue")
    calibrated.add(many)
    assert new in [each.path for each in calibrated.search("blue", k=5)]
    (many / "new.png").unlink()
    photo("new.png", "red")
    calibrated.add(many)
    assert new not in [each.path for each in calibrated.search("blue", k=5)]
