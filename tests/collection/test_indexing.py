"""Which index answers a collection's searches, and how well."""

from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.collection import index_maintainer as choosing
from firs.errors import CollectionNotFound, InputError
from firs.index.files import file_name
from firs.session import Session
from tests.collection.conftest import names
from tests.fakes import FakeEncoder
from tests.stores import sqlite_store


def kept(collection: Collection) -> list[str]:
    return sorted(path.name for path in (collection.path / "index" / "fake").iterdir())


@pytest.mark.parametrize("kind", ["hash", "ivf", "exact(dtype=float32)"])
def test_the_kind_that_was_chosen_answers(collection: Collection, rainbow: Path, kind: str) -> None:
    collection.add(rainbow)
    plain = collection.search("red", k=8)
    collection.index.choose(kind)
    assert collection.index.kind() == kind
    assert kept(collection) == sorted(["exact.index", file_name(kind)])
    found = collection.search("red", k=8)
    assert found.ids.tolist() == plain.ids.tolist()
    np.testing.assert_allclose(found.scores, plain.scores, atol=1e-3)


def test_it_stays_chosen_when_opened_again(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    collection.index.choose("hash")
    with Collection(collection.path, FakeEncoder(), create=False) as again:
        assert again.index.kind() == "hash"
        again.index.choose(None)
        assert again.index.kind() == "exact"


def test_a_kind_that_an_earlier_version_chose(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    collection.store.documents.put("index", {"fake": {"kind": "exact-float32"}})
    assert collection.index.kind() == "exact(dtype=float32)"
    assert collection.search("red")[0].path == rainbow / "red.png"
    assert [each.name for each in collection.path.rglob("*.index")] == ["exact-float32.index"]


def test_what_was_added_and_removed_is_searched(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    collection.index.choose("hash")
    red = names(collection)["red.png"]
    assert collection.search("red")[0].id == red
    collection.remove([red])
    assert red not in collection.search("red", k=8).ids
    collection.add(rainbow)
    assert collection.search("red")[0].path.name == "red.png"


def test_a_damaged_file_is_built_again(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    collection.index.choose("hash")
    file = collection.path / "index" / "fake" / "hash.index"
    file.write_bytes(file.read_bytes()[:-9])
    with Collection(collection.path, FakeEncoder(), create=False) as again:
        assert again.search("red")[0].path.name == "red.png"


def test_each_encoder_has_its_own(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    with Collection(collection.path, FakeEncoder("other", "0712e2")) as second:
        second.add(rainbow)
        second.index.choose("hash")
        assert (second.index.kind(), second.index.kind("fake")) == ("hash", "exact")


def test_no_such_kind(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    with pytest.raises(InputError, match=r"no index called 'tree'.*hash, ivf"):
        collection.index.choose("tree")
    assert collection.index.kind() == "exact"


def test_nothing_to_choose_for(collection: Collection) -> None:
    with pytest.raises(CollectionNotFound):
        collection.index.choose("hash")


def test_a_check_is_remembered(collection: Collection, rainbow: Path) -> None:
    collection.add(rainbow)
    assert collection.index.certificate() is None
    collection.index.choose("hash")
    found = collection.index.verify()
    assert found.kind == "hash"
    assert found.entries == 8
    assert found.recall["texts"]["1"].share == found.recall["images"]["8"].share == 1
    with Collection(collection.path, FakeEncoder(), create=False) as again:
        assert again.index.certificate() == found


def test_many_images_are_not_searched_exactly() -> None:
    assert choosing.kind_by_size(10, 512) == "exact"
    assert choosing.kind_by_size(choosing.MOST_EXACT, 512) == "exact"
    assert choosing.kind_by_size(choosing.MOST_EXACT + 1, 512) == "ivf"


def test_nor_what_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sysconf", lambda name: 1 << 14)  # 256 MiB
    assert choosing.kind_by_size(100_000, 512) == "ivf"
    assert choosing.kind_by_size(10_000, 512) == "exact"


def test_texts_that_tune_and_texts_that_check_are_others(
    collection: Collection, rainbow: Path
) -> None:
    colours = [path.name for path in sorted(rainbow.glob("*.png"))]
    given = {name: [f"{name} {number}" for number in range(60)] for name in colours}
    collection.add(rainbow, captions=given)
    with sqlite_store(collection).database.reading() as connection:
        tuning, checking = (choosing.texts_to_ask(connection, of=half) for half in (0, 1))
    assert not set(tuning) & set(checking)
    assert len(tuning) == len(checking) == 116


def test_a_choice_and_a_certificate_do_not_undo_each_other(
    collection: Collection, rainbow: Path
) -> None:
    collection.add(rainbow)
    first = collection.index.verify()
    collection.index.choose("hash")
    assert collection.index.certificate() == first
    assert collection.index.verify().kind == "hash"
    assert collection.index.kind() == "hash"


@pytest.mark.parametrize("kind", ["hash", "ivf", "exact(dtype=float32)"])
def test_iterative_retrieval_goes_on_whatever_the_index(
    collection: Collection, rainbow: Path, kind: str
) -> None:
    collection.add(rainbow)
    expected = iterated(collection)
    collection.index.choose(kind)
    assert iterated(collection) == expected
    first = collection.search("red", k=3)
    with collection.open_searcher() as space:
        moved = space.images.vector(first[0].id) + space.images.vector(first[2].id)
        assert {first[0].id, first[2].id} <= set(
            space.search_vector(moved, 3, "moved").ids.tolist()
        )


def iterated(collection: Collection) -> list[int]:
    session = Session.start(collection, "red")
    session.mark(relevant=[session.round.results()[2].hit.id])
    return [result.hit.id for result in session.next("rocchio").results()]
