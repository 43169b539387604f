"""MilvusDocuments on a server: written whole or not at all, by kind and key.

``tests/distributed/test_milvus_notes.py`` runs the first of these on a real server.
"""

from collections.abc import Iterator

import pytest

from firs.milvus.documents import MilvusDocuments, notes_of
from firs.milvus.server import Server
from firs.storage.documents import Document

NAME = "notes_test"
LONG = {"text": "ä\ud800'\"\\\n" * 20_000}


@pytest.fixture
def notes(server: Server) -> Iterator[MilvusDocuments]:
    notes = MilvusDocuments(server, NAME)
    yield notes
    for kind in ("a", "b", "b2"):
        notes.forget_all(kind)


def rows(notes: MilvusDocuments) -> int:
    return notes.server.count(notes_of(NAME), 'id > ""')


def test_where_nothing_was_written_there_is_nothing(server: Server) -> None:
    notes = MilvusDocuments(server, "notes_absent")
    assert notes.get("a", ["x"]) == {}
    assert dict(notes.each("a")) == {}
    assert (notes.keys("a"), notes.count("a"), notes.stamp("a", "x")) == ([], 0, None)
    notes.forget("a", ["x"])
    assert notes.forget_all("a") == 0
    assert not server.has(notes_of("notes_absent"))


def test_documents_are_found_by_kind_and_key(notes: MilvusDocuments) -> None:
    notes.put("b", {"x": {"n": 1}, "y/z": {"n": [None, "ü\ud83d\ude00"]}})
    notes.put("b2", {"x": {"n": 3}})
    notes.put("b", {"x": {"n": 2}})
    assert notes.get("b", ["x", "absent"]) == {"x": {"n": 2}}
    assert dict(notes.each("b")) == {"x": {"n": 2}, "y/z": {"n": [None, "ü😀"]}}
    assert notes.keys("b", "y/") == ["y/z"]
    assert (notes.count("b"), notes.count("b", "x")) == (2, 1)


def test_a_long_one_is_put_together_again(notes: MilvusDocuments) -> None:
    notes.put("a", {"long": LONG, "short": {"n": 1}})
    assert dict(notes.each("a")) == {"long": LONG, "short": {"n": 1}}
    assert notes.keys("a") == ["long", "short"]


def test_a_long_one_leaves_nothing_behind(notes: MilvusDocuments) -> None:
    notes.put("a", {})
    before = rows(notes)
    notes.put("a", {"long": LONG})
    notes.put("a", {"long": LONG})
    assert rows(notes) == before + 1 + 7
    notes.put("a", {"long": {"n": 1}, "long2": {"n": 2}})
    notes.forget("a", ["long", "absent"])
    assert dict(notes.each("a")) == {"long2": {"n": 2}}


def test_half_of_a_new_one_does_not_show(
    notes: MilvusDocuments, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process is killed between the parts and the row that names them."""
    notes.put("a", {"long": LONG})
    real = notes.server.upsert
    written: list[object] = []

    def dies(name: str, given: list[dict[str, object]]) -> int:
        if written:
            raise KeyboardInterrupt
        written.append(given)
        return real(name, given)

    monkeypatch.setattr(notes.server, "upsert", dies)
    with pytest.raises(KeyboardInterrupt):
        notes.put("a", {"long": {"text": "new" * 50_000}})
    monkeypatch.undo()
    assert notes.get("a", ["long"]) == {"long": LONG}


def test_those_of_an_image_go_with_it(notes: MilvusDocuments) -> None:
    notes.put("b", {"1": {"image": 7}, "2": {"image": 8}, "3": {"image": None}})
    notes.forget_of("b", [7, 9])
    assert notes.keys("b") == ["2", "3"]


def test_a_stamp_differs_from_state_to_state(notes: MilvusDocuments) -> None:
    notes.write([Document("b", "x", {"n": 1}, stamp="first")])
    assert notes.stamp("b", "x") == "first"
    notes.put("b", {"x": {"n": 1}})
    assert notes.stamp("b", "x") not in ("first", None)
