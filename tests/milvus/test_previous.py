"""A collection of the previous schema is read and written like any other."""

from pathlib import Path

import pytest

from firs.collection import Collection
from firs.migration import migrate
from firs.milvus.address import Address
from firs.milvus.schema import parse_description
from firs.milvus.server import Server
from tests.collection.conftest import COLOURS, counts, encoder, names, photo, photos, rainbow
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus
from tests.milvus.previous import make_previous

__all__ = ["encoder", "photo", "photos", "rainbow"]

CAPTIONS = {"red.png": ["a red wall", "all red"], "blue.png": ["the sea"]}


def columns(url: str, field: str) -> list[int]:
    """Return the numbers of captions as they are stored, without zeros."""
    address = Address.parse(url)
    with Server(address) as server:
        rows = server.query(address.name, "", (field,), consistency="Strong")
    return sorted(row[field] for row in rows if row[field])


def test_its_captions_are_counted_and_found(url: str, rainbow: Path) -> None:
    make_previous(url)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
        assert (collection.info().schema, collection.info().captions) == (1, 3)
    with Collection(url, FakeEncoder()) as collection:
        assert counts(collection.add(rainbow)) == {"unchanged": len(COLOURS)}
        ids = names(collection)
        collection.tag([ids["red.png"]], "mine")
        assert collection.image(ids["red.png"]).captions == ("a red wall", "all red")
        assert collection.search("red", k=1)[0].id == ids["red.png"]
        texts = dict(collection.store.sample_captions(100))
        assert texts.keys() == {ids["red.png"], ids["blue.png"]}
        collection.index.choose("bin-flat")
        assert collection.index.verify() is not None
    assert columns(url, "told") == [1, 2]


def test_a_new_collection_names_its_fields_by_the_current_schema(url: str, rainbow: Path) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
        assert (collection.info().schema, collection.info().captions) == (2, 3)
    assert columns(url, "caption_count") == [1, 2]
    address = Address.parse(url)
    with Server(address) as server:
        parts = [name for name in server.names() if name.startswith(f"{address.name}_")]
        schemas = {parse_description(server.describe(name))["firs"] for name in parts}
    assert schemas == {1}, "their descriptions must not change, or they are not recognised"


def test_one_that_was_left_half_made_is_finished(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    milvus.fail("create_index", KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        make_previous(url)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
        assert (collection.info().schema, collection.info().captions) == (1, 3)


def test_it_is_moved_to_the_current_schema(milvus: FakeMilvus, url: str, rainbow: Path) -> None:
    make_previous(url)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
    moved = milvus.url("moved")
    migrate(url, moved)
    assert columns(moved, "caption_count") == [1, 2]
