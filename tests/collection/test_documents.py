"""Documents behave alike in a folder's database and on a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.errors import StorageError
from firs.milvus.address import Address
from firs.milvus.documents import MilvusDocuments
from firs.milvus.server import Server
from firs.sources.paths import Root
from firs.storage.documents import Document, Documents, Problems, paths_below
from tests.collection.conftest import names
from tests.milvus.conftest import milvus, url
from tests.stores import sqlite_store

__all__ = ["milvus", "url"]


@pytest.fixture(params=["folder", "server"])
def documents(request: pytest.FixtureRequest, collection: Collection) -> Iterator[Documents]:
    if request.param == "folder":
        yield collection.store.documents
        return
    with Server(Address.parse(request.getfixturevalue("url"))) as server:
        yield MilvusDocuments(server, "documents")


def test_a_document_is_read_as_it_was_written(documents: Documents) -> None:
    body = {"text": 'a "dog"\u2028', "path": "/a/\udcff.png", "n": [1, None, 0.1], "image": 3}
    documents.write([Document("k", "a", body, "my stamp"), Document("k", "b", {})])
    assert documents.get("k", ["a", "b", "c", "a"], fresh=True) == {"a": body, "b": {}}
    assert documents.get_with_stamps("k", ["a"]) == [("a", (body, "my stamp"))]
    assert documents.stamp("k", "a") == "my stamp"
    assert documents.stamp("k", "c") is None
    assert documents.get("other", ["a"]) == {}


def test_a_newer_document_replaces_an_older_one(documents: Documents) -> None:
    documents.put("k", {"a": {"n": 1}})
    before = documents.stamp("k", "a")
    documents.put("k", {"a": {"n": 2}})
    assert documents.get("k", ["a"]) == {"a": {"n": 2}}
    assert documents.stamp("k", "a") != before
    assert documents.count("k") == 1


def test_keys_are_found_by_their_beginning(documents: Documents) -> None:
    keys = ["a", "a/1", "a/2", "ab", "ab/1", "b", "é/1"]
    documents.put("k", {key: {"key": key} for key in reversed(keys)})
    documents.put("other", {"a/9": {}})
    assert documents.keys("k") == keys
    assert documents.keys("k", "a/") == ["a/1", "a/2"]
    assert [key for key, _ in documents.each("k", "ab")] == ["ab", "ab/1"]
    assert documents.count("k", "a") == 5
    assert documents.tree("k", "a") == {key: {"key": key} for key in ("a", "a/1", "a/2")}
    assert documents.tree_keys("k", "a") == ["a", "a/1", "a/2"]
    assert documents.tree_keys("k", "c") == []


def test_documents_are_removed_by_key_and_by_beginning(documents: Documents) -> None:
    documents.put("k", {key: {} for key in ("a", "a/1", "b", "c")})
    documents.forget("k", ["b", "none"])
    documents.forget("k", [])
    assert documents.forget_all("k", "a") == 2
    assert documents.keys("k") == ["c"]
    assert documents.forget_all("k") == 1


def test_a_number_that_json_cannot_represent_is_refused(documents: Documents) -> None:
    documents.put("k", {"a": {"n": 1}})
    with pytest.raises(ValueError, match="JSON"):
        documents.put("k", {"a": {"n": float("nan")}})
    assert documents.get("k", ["a"]) == {"a": {"n": 1}}


def test_an_error_within_a_transaction_changes_nothing(collection: Collection) -> None:
    documents = collection.store.documents
    documents.put("k", {"a": {}})

    def fail() -> None:
        with documents.atomic():
            documents.put("k", {"b": {}})
            documents.forget("k", ["a"])
            assert documents.keys("k") == ["b"]
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert documents.keys("k") == ["a"]


def test_documents_of_an_image_are_removed_with_it(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    blue, red = (names(collection)[f"{colour}.png"] for colour in ("blue", "red"))
    documents = collection.store.documents
    documents.put("log", {"a": {"image": blue}, "b": {"image": red}, "c": {}})
    collection.remove([blue])
    assert documents.keys("log") == ["b", "c"]


def test_what_cannot_be_written_says_what_to_do(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection.close()
    monkeypatch.setattr("os.access", lambda *_: False)
    with Collection(collection.path, create=False) as opened:
        assert not opened.store.documents.is_writable
        with pytest.raises(StorageError, match=r"readonly|cannot be written"):
            opened.store.documents.put("k", {"a": {}})


def test_problems_of_names_that_are_not_utf_8_move_with_the_folder(collection: Collection) -> None:
    documents = sqlite_store(collection).documents
    here, there = (paths_below(Root(folder)) for folder in ("/here", "/there"))
    problems = Problems(documents, here)
    for name in ("b.png", "\udcff.png", "a.png"):
        problems.note(f"/here/{name}", "is damaged")
    problems.save()
    moved = Problems(documents, there)
    assert [path for path, _ in moved.all()] == [
        "/there/a.png",
        "/there/b.png",
        "/there/\udcff.png",
    ]
    moved.forget("/there/\udcff.png")
    moved.save()
    assert moved.count() == 2
