"""MilvusDocuments on a server that are replaced while they are read, or not written to the end."""

import pytest

from firs.errors import InputError
from firs.milvus.documents import MilvusDocuments, notes_of, parts_of
from firs.milvus.server import Server
from tests.milvus.fake_server import FakeMilvus, Killed

NAME = "notes_test"
OLD, NEW = {"text": "old" * 50_000}, {"text": "new" * 50_000}


@pytest.fixture
def notes(server: Server) -> MilvusDocuments:
    made = MilvusDocuments(server, NAME)
    made.put("a", {"long": OLD})
    return made


def test_a_writer_that_is_killed_leaves_the_old_or_the_new(
    milvus: FakeMilvus, notes: MilvusDocuments
) -> None:
    found = []
    for write in range(4):
        notes.put("a", {"long": OLD})
        milvus.kill_at_write(write)
        try:
            notes.put("a", {"long": NEW})
        except Killed:
            milvus.kill_at_write(None)
        found.append(notes.get("a", ["long"])["long"])
    assert found == [OLD, OLD, NEW, NEW]


def test_one_that_is_replaced_while_it_is_read_is_read_again(notes: MilvusDocuments) -> None:
    [rows] = notes.server.iterate(notes_of(NAME), 'id == "a/long"', ("stamp", "parts", "body"))
    notes.put("a", {"long": NEW})
    assert notes._body(rows[0]) == NEW
    notes.forget("a", ["long"])
    assert notes._body(rows[0]) is None


def test_a_document_with_lost_parts_is_an_error_with_the_remedy(notes: MilvusDocuments) -> None:
    notes.server.delete_where(notes_of(NAME), parts_of("a/long"))
    with pytest.raises(InputError, match=r"'a/long' .* is not complete\. Write it again"):
        notes.get("a", ["long"])


def test_a_key_that_is_too_long_is_refused(notes: MilvusDocuments) -> None:
    with pytest.raises(InputError, match=r"too long for a server\. Choose a shorter one"):
        notes.put("a", {"x" * 1_000: {}})


def test_readers_that_ask_for_fresh_documents_see_those_of_others(
    notes: MilvusDocuments, other: Server
) -> None:
    notes.get("a", ["long"])
    there = MilvusDocuments(other, NAME)
    there.put("a", {"short": {"n": 1}})
    assert notes.get("a", ["short"]) == {}
    assert notes.get("a", ["short"], fresh=True) == {"short": {"n": 1}}
    there.put("b", {"one": {}})
    assert notes.keys("b", fresh=True) == ["one"]
