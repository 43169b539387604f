"""What is stored at the end of an ingest, and what is said where it is gone later."""

from collections.abc import Callable
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.session import Session
from tests.collection.conftest import COLOURS, names
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import FakeMilvus
from tests.milvus.fake_storage import Row

PARTS = {"photos", "photos_n", "photos_v_fake"}
COUNT = len(COLOURS)


def lose(milvus: FakeMilvus, name: str, is_lost: Callable[[Row], bool]) -> None:
    """Lose rows as a server may that had not stored them."""
    milvus.settle()
    kept = milvus.collections[name]._visible
    for key in [key for key, (_, row) in kept.items() if is_lost(row)]:
        del kept[key]


def opened(url: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What is said when the collection is opened."""
    caplog.clear()
    Collection(url, FakeEncoder()).close()
    return caplog.messages


@pytest.fixture
def added(url: str, rainbow: Path, milvus: FakeMilvus) -> list[int]:
    """The ids of all images after an ingest and the start of a session."""
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow)
        Session.start(collection, "red")
        collection.add(rainbow, captions={"red.png": ["a red wall"]})
        return sorted(names(collection).values())


def test_an_ingest_that_changes_anything_is_stored_at_its_end(
    url: str, rainbow: Path, milvus: FakeMilvus
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, batch_size=2)
        assert sorted(name for method, name in milvus.calls if method == "flush") == sorted(PARTS)
        collection.add(rainbow)
        assert milvus.count_calls("flush") == len(PARTS)


def test_more_rows_than_were_stored_are_fine(
    url: str, added: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        Session.start(collection, "blue")
        collection.tag(added[:1], "mine")
    assert opened(url, caplog) == []


def test_lost_rows_are_reported_with_the_remedy(
    url: str, added: list[int], milvus: FakeMilvus, caplog: pytest.LogCaptureFixture
) -> None:
    lose(milvus, "photos_v_fake", lambda row: row["id"] in added[:3])
    [message] = opened(url, caplog)
    assert f"photos_v_fake has {COUNT - 3} of {COUNT}. To mend it: add the photos again" in message
    lose(milvus, "photos_n", lambda row: row["kind"] == "session")
    [message] = opened(url, caplog)
    assert "photos_n has 0 of 1" in message
    assert "restore sessions and tags from a backup" in message
    assert "add the photos again" in message
    del milvus.collections["photos_v_fake"]
    assert f"photos_v_fake has 0 of {COUNT}" in opened(url, caplog)[0]


def test_adding_the_photos_again_mends_it(
    url: str, added: list[int], milvus: FakeMilvus, rainbow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lose(milvus, "photos", lambda row: row["id"] in added[:3])
    with Collection(url, FakeEncoder()) as collection:
        assert collection.add(rainbow).added == 3
    assert opened(url, caplog) == []


def test_where_all_notes_are_gone_it_is_known_by_the_images(
    url: str, added: list[int], milvus: FakeMilvus, caplog: pytest.LogCaptureFixture
) -> None:
    lose(milvus, "photos_n", lambda row: True)
    [message] = opened(url, caplog)
    assert "photos_n has none. To mend it: restore sessions and tags" in message


def test_removed_rows_are_not_a_loss(
    url: str, added: list[int], rainbow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.index.choose("bin-flat")
        collection.remove(added[:2])
        [session] = collection.sessions.records()
        collection.sessions.forget(session.id)
    assert opened(url, caplog) == []
    with Collection(url, FakeEncoder()) as collection:
        assert collection.add(rainbow).added == 2
        collection.index.choose("flat")
    assert opened(url, caplog) == []
    with Collection(url, FakeEncoder()) as collection:
        collection.forget_vectors("fake")
    assert opened(url, caplog) == []


def test_an_undone_mark_is_no_loss(
    url: str, added: list[int], rainbow: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        session = Session.start(collection, "red")
        session.mark(relevant=added[:1])
        session.next()
        (rainbow / "red.png").unlink()
        collection.add(rainbow, prune=True)
        session.undo()
    assert opened(url, caplog) == []
