"""That a folder's collection is one kind of what people know as a collection."""

import inspect
from pathlib import Path

import pytest

import firs
from firs.collection.folder import FolderCollection
from firs.storage.paths import is_address


def test_a_folder_gives_the_kind_for_folders(tmp_path: Path) -> None:
    with firs.Collection(tmp_path / ".firs") as collection:
        assert type(collection) is FolderCollection
        assert isinstance(collection, firs.Collection)
        assert collection.location == str(collection.path)
        assert repr(collection) == f"<Collection {tmp_path / '.firs'}>"


def test_it_does_all_that_a_collection_does() -> None:
    lacking = [
        name
        for name, member in inspect.getmembers(FolderCollection)
        if "raise NotImplementedError" in _source(member)
    ]
    assert not lacking


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


def _source(member: object) -> str:
    own = member.fget if isinstance(member, property) else member
    return inspect.getsource(own) if inspect.isfunction(own) else ""
