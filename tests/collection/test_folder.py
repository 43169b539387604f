"""A collection uses the store that matches its location."""

import inspect
import re
from pathlib import Path

import pytest

import firs
from firs.collection.sqlite import SQLiteStore
from firs.collection.store import Store
from firs.milvus.store import MilvusStore
from firs.storage.paths import is_address


def test_a_folder_has_a_sqlite_store(tmp_path: Path) -> None:
    with firs.Collection(tmp_path / ".firs") as collection:
        assert type(collection) is firs.Collection
        assert isinstance(collection.store, SQLiteStore)
        assert collection.location == str(collection.path)
        assert repr(collection) == f"<Collection {tmp_path / '.firs'}>"


@pytest.mark.parametrize("store", [SQLiteStore, MilvusStore])
def test_stores_have_every_member_of_the_protocol(store: type) -> None:
    members = {name for name in vars(Store) if not name.startswith("_")}
    attributes = set(re.findall(r"self\.(\w+)\b.*? = ", inspect.getsource(store)))
    assert not members - set(dir(store)) - attributes


@pytest.mark.parametrize(
    ("place", "is_one"),
    [
        ("milvus://localhost:19530/photos", True),
        ("milvus+tls://user@host/photos", True),
        ("photos/.firs", False),
        (Path("milvus"), False),
        ("https://host/photos", False),
    ],
)
def test_addresses(place: str | Path, is_one: bool) -> None:
    assert is_address(place) is is_one
