"""A collection is made in as many shards as its address says."""

import logging
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import InputError
from firs.milvus.address import Address
from tests.fakes import FakeEncoder, other
from tests.milvus.fake_server import FakeMilvus

GROWING = "photos", "photos_v_fake", "photos_v_other", "photos_e_fake", "photos_b_fake"


def shards(milvus: FakeMilvus) -> dict[str, int]:
    return {name: each.shards for name, each in milvus.collections.items()}


def fill(url: str, folder: Path, later: str) -> None:
    """Make all that grows with the images: the rest by the address without the number."""
    with Collection(url, FakeEncoder()) as collection:
        assert "shards" not in collection.location
        collection.add(folder, captions={"red.png": ["a red wall"]})
    with Collection(later, FakeEncoder()) as collection:
        collection.expansion.add()
        collection.index.choose("bin-flat")
    with Collection(later, other()) as collection:
        collection.add(folder)


@pytest.mark.parametrize("number", [1, 4])
def test_all_that_grows_has_as_many(
    milvus: FakeMilvus, url: str, rainbow: Path, number: int
) -> None:
    fill(f"{url}?shards={number}", rainbow, url)
    assert {name: shards(milvus)[name] for name in GROWING} == dict.fromkeys(GROWING, number)
    assert shards(milvus)["photos_n"] == 1


def test_by_itself_it_has_one(milvus: FakeMilvus, url: str, rainbow: Path) -> None:
    fill(url, rainbow, url)
    assert set(shards(milvus).values()) == {1}


def test_of_one_that_exists_the_number_does_not_change(
    milvus: FakeMilvus, url: str, rainbow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fill(f"{url}?shards=2", rainbow, url)
    with caplog.at_level(logging.WARNING, "firs.milvus"):
        Collection(f"{url}?shards=2", FakeEncoder()).close()
        assert caplog.messages == []
        Collection(f"{url}?shards=8", FakeEncoder()).close()
    [message] = caplog.messages
    assert message == "photos has 2 shards; ?shards=8 counts only when a collection is made."
    assert shards(milvus)["photos"] == 2


def test_one_that_was_left_half_made_is_finished_as_it_was_begun(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    milvus.fail("create_index", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        Collection(f"{url}?shards=4", FakeEncoder())
    fill(url, rainbow, url)
    assert shards(milvus)["photos_v_fake"] == shards(milvus)["photos"] == 4


@pytest.mark.parametrize("given", ["0", "-1", "many", "", "5000"])
def test_a_number_that_cannot_be_meant(given: str) -> None:
    text = f"milvus://host/photos?shards={given}"
    if given:
        with pytest.raises(InputError, match=r"shards=N is a number from 1 to"):
            Address.parse(text, {})
    else:
        assert Address.parse(text, {}).shards == 0


def test_it_is_not_shown() -> None:
    address = Address.parse("milvus://host/photos?shards=4", {})
    assert (address.shards, str(address)) == (4, "milvus://host:19530/photos")
