"""A collection on a server that restarts, is overloaded or loses answers: nothing is lost."""

from pathlib import Path

import numpy as np
import pytest

from firs.collection import Collection
from firs.errors import ServerDown, ServerFull
from tests.collection.conftest import COLOURS, counts, names
from tests.fakes import FakeEncoder
from tests.milvus.fake_server import (
    FakeMilvus,
    Lost,
    not_loaded,
    quota_exceeded,
    rate_limited,
    stalled,
    unavailable,
)

CAPTIONS = {f"{colour}.png": [f"a {colour} wall"] for colour in COLOURS}
WRITES = ("upsert", "delete")


def assert_whole(collection: Collection) -> None:
    """Each image is there once, with its own vector, caption and tag."""
    assert len(collection) == len(names(collection)) == len(COLOURS)
    ids, vectors = collection.vectors()
    assert ids.tolist() == sorted(names(collection).values())
    assert len(np.unique(vectors, axis=0)) == len(COLOURS)
    assert {image.captions for image in collection} == {(f"a {each} wall",) for each in COLOURS}
    for colour in COLOURS:
        assert collection.search(colour, k=1)[0].path.stem == colour


@pytest.mark.parametrize("fault", [unavailable, rate_limited])
@pytest.mark.parametrize("method", WRITES)
def test_a_lost_answer_doubles_nothing(
    milvus: FakeMilvus, url: str, rainbow: Path, method: str, fault: type[Exception]
) -> None:
    milvus.fail(method, *[each for _ in range(50) for each in (Lost(fault()), None)])
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS, batch_size=3)
        collection.tag(list(names(collection).values()), "mine")
        assert_whole(collection)
        assert collection.tags() == {"mine": len(COLOURS)}
        collection.remove(collection.ids([rainbow / "red.png"]))
        assert counts(collection.add(rainbow)) == {"added": 1, "unchanged": len(COLOURS) - 1}


def test_an_overloaded_server_gets_everything_in_the_end(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    for method in (*WRITES, "query", "load_collection", "create_collection", "create_index"):
        milvus.fail(method, *[each for _ in range(30) for each in (rate_limited(), None)])
    with Collection(url, FakeEncoder()) as collection:
        assert collection.add(rainbow, captions=CAPTIONS, batch_size=3).added == len(COLOURS)
        assert_whole(collection)


def test_restarts_while_adding_are_waited_through(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    restarts: list[int] = []

    def restart(done: int, total: int) -> None:
        restarts.append(done)
        milvus.restart()
        milvus.fail("query", unavailable(), stalled(), not_loaded())

    with Collection(url, FakeEncoder()) as collection:
        report = collection.add(rainbow, captions=CAPTIONS, batch_size=2, progress=restart)
        assert report.added == len(COLOURS)
        assert len(restarts) > 2
        assert_whole(collection)


def test_where_there_is_no_room_the_rest_is_added_later(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        milvus.fail("upsert", *[None] * 6, quota_exceeded())
        with pytest.raises(ServerFull, match="then do this again: finished batches are kept"):
            collection.add(rainbow, captions=CAPTIONS, batch_size=3)
        collection.add(rainbow, captions=CAPTIONS)
        assert_whole(collection)


def test_searches_fail_while_the_server_is_down_and_work_again(
    milvus: FakeMilvus, url: str, rainbow: Path
) -> None:
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
        milvus.is_down = True
        with pytest.raises(ServerDown, match="Start Milvus there"):
            collection.search("red")
        with pytest.raises(ServerDown):
            Collection(url, FakeEncoder())
        milvus.restart()
        assert_whole(collection)


@pytest.mark.parametrize("method", ["create_collection", "create_index", "load_collection"])
@pytest.mark.parametrize("call", range(3))
def test_a_collection_that_was_left_half_made_is_finished(
    milvus: FakeMilvus, url: str, rainbow: Path, method: str, call: int
) -> None:
    """Each has three parts: for images, for notes, and for the vectors of an encoder."""
    milvus.fail(method, *[None] * call, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt), Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
    with Collection(url, FakeEncoder()) as collection:
        collection.add(rainbow, captions=CAPTIONS)
        assert_whole(collection)
