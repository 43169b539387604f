"""Every row is read, however many segments hold them, before and after restarts.

A flush seals what was written so far, so that the next rows come into another segment; what comes
last is in a growing one.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.collection import Collection
from firs.encoders import Vectors
from firs.milvus.address import Address
from firs.milvus.documents import MilvusDocuments
from firs.milvus.schema import Field, Row, VectorIndex
from firs.milvus.server import Server
from firs.query import like
from firs.storage.documents import Document
from tests.collection.conftest import counts
from tests.distributed.conftest import needs_server
from tests.distributed.milvus import MilvusServer
from tests.fakes import FakeEncoder

pytestmark = pytest.mark.distributed

NAME = "segments"
FIELDS = [Field("id", "INT64"), Field("vector", "FLOAT_VECTOR", dim=4), Field("a", "VARCHAR", 99)]
IDS = np.random.default_rng(0).permutation(12_000) + 1


@pytest.fixture
def milvus(tmp_path: Path) -> Iterator[MilvusServer]:
    """A server of its own, since it is stopped and started again."""
    needs_server()
    server = MilvusServer(tmp_path / "server")
    server.start()
    yield server
    server.stop()


def restart(milvus: MilvusServer) -> None:
    """Stop and start it in good order, and wait until it has loaded everything."""
    milvus.stop()
    milvus.start()
    with Server(Address.parse(milvus.url("any"))) as server:
        for name in server.names():
            server.writer().count(name)


def seal(milvus: MilvusServer) -> None:
    """Let what is written next come into other segments."""
    with Server(Address.parse(milvus.url("any"))) as server:
        for name in server.names():
            server.flush(name)


def rows_of(ids: NDArray[np.int64], text: str = "first") -> list[Row]:
    return [{"id": int(id_), "vector": [1, id_, 2, 3], "a": f"{text} {id_}"} for id_ in ids]


def fill(milvus: MilvusServer) -> None:
    """Rows and notes in three sealed segments and a growing one, with some written twice."""
    with Server(Address.parse(milvus.url(NAME))) as server:
        server.create(NAME, FIELDS, "rows in segments", VectorIndex())
        notes = MilvusDocuments(server, NAME)
        for at, some in enumerate(np.split(IDS, 4)):
            server.upsert(NAME, rows_of(some))
            server.upsert(NAME, rows_of(IDS[:100], f"again {at}"))
            notes.write([Document("session", f"{id_:06d}", {"at": at}) for id_ in some.tolist()])
            if at < 3:
                seal(milvus)
        server.delete(NAME, IDS[-50:].tolist())


def assert_complete(milvus: MilvusServer) -> None:
    there = np.sort(IDS[:-50]).tolist()
    with Server(Address.parse(milvus.url(NAME))) as opened:
        server = opened.writer()  # it waits until all is loaded after a restart
        assert server.count(NAME) == len(there)
        six = [int(IDS[at]) for at in (0, 3_000, 6_000, 9_000, 9_001, 11_900)]
        assert sorted(server.get(NAME, six)) == sorted(six)
        assert sorted(server.get(NAME, IDS.tolist(), ["vector"])) == there
        assert [row["id"] for row in server.query(NAME)] == there
        assert [row["id"] for row in server.query(NAME, "id > 77", limit=500)] == [
            id_ for id_ in there if id_ > 77
        ][:500]
        for size in (300, 4_000):
            parts = list(server.iterate(NAME, 'a >= "first"', ["a"], size=size, after=1_000))
            expected = sorted(set(there) - set(IDS[:100].tolist()) - set(range(1_001)))
            assert [row["id"] for part in parts for row in part] == expected
            assert max(map(len, parts)) <= 2 * size
        assert {row["a"] for row in server.query(NAME, 'a >= "again" and a < "first"', ["a"])} == {
            f"again 3 {id_}" for id_ in IDS[:100]
        }
        notes = MilvusDocuments(server, NAME)
        assert notes.keys("session") == [f"{id_:06d}" for id_ in sorted(IDS.tolist())]
        assert len(notes.get("session", (f"{id_:06d}" for id_ in six))) == len(six)


@pytest.mark.timeout(900)
def test_rows_of_many_segments_are_read_before_and_after_restarts(milvus: MilvusServer) -> None:
    fill(milvus)
    assert_complete(milvus)
    restart(milvus)
    assert_complete(milvus)
    with Server(Address.parse(milvus.url(NAME))) as server:
        server.writer().upsert(NAME, rows_of(IDS[200:300]))
    assert_complete(milvus)
    milvus.kill()
    milvus.start()
    assert_complete(milvus)


@pytest.mark.timeout(900)
def test_photos_added_after_a_restart_are_found_with_the_others(
    milvus: MilvusServer, tmp_path: Path
) -> None:
    def draw(first: int, last: int) -> None:
        for number in range(first, last):
            colour = (number % 256, number // 2, 255 - number // 2)
            Image.new("RGB", (8, 8), colour).save(photos / f"{number:03}.png")

    photos = tmp_path / "photos"
    photos.mkdir()
    draw(0, 435)
    url = milvus.url("photos")
    with Collection(url, FakeEncoder()) as collection:
        assert collection.add(photos).added == 435
    seal(milvus)
    restart(milvus)
    draw(435, 445)
    with Collection(url, FakeEncoder()) as collection:
        assert counts(collection.add(photos)) == {"added": 10, "unchanged": 435}
        assert len(collection.search("red", k=445)) == len(list(collection)) == 445
        ids, vectors = collection.vectors()
        assert len(ids) == len(vectors) == 445
        again = collection.add(photos)
        assert counts(again) == {"unchanged": 445}
        assert again.filled == 0


COUNT = 100_000


def generated() -> Vectors:
    """Vectors such as photos have: they share much, and differ in the rest."""
    vectors = np.random.default_rng(7).standard_normal((COUNT, FakeEncoder().dim))
    vectors[:, 0] += 4
    return unit(vectors)


def unit(vectors: NDArray[Any]) -> Vectors:
    rows: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return rows


def import_in_segments(milvus: MilvusServer, vectors: Vectors) -> str:
    url = milvus.url("generated")
    with Collection(url, FakeEncoder()) as collection:
        for start in range(0, COUNT, 20_000):
            parts = (
                {Path(f"imported:/{at}"): vectors[at] for at in range(part, part + 5_000)}
                for part in range(start, start + 20_000, 5_000)
            )
            collection.import_vectors(FakeEncoder(), parts, add_missing=True)
            if start < COUNT - 20_000:
                seal(milvus)
    return url


def assert_searches_are_exact(url: str, vectors: Vectors) -> None:
    stored = unit(vectors.astype(np.float16).astype(np.float32))
    with Collection(url, FakeEncoder()) as collection:
        assert len(collection) == COUNT
        for asked in range(0, COUNT, 4_999):
            [id_] = collection.ids([f"imported:/{asked}"])
            found = collection.search(like(id_), k=10)
            scores = stored @ stored[asked]
            best = np.argsort(-scores, kind="stable")[:10]
            assert {path.name for path in found.paths} == {str(at) for at in best.tolist()}
            np.testing.assert_allclose(found.scores, scores[best], atol=1e-5)
        assert len(collection.search("red", k=3_000)) == 3_000


@pytest.mark.timeout(1_800)
def test_of_100_000_vectors_every_search_is_complete(milvus: MilvusServer) -> None:
    vectors = generated()
    url = import_in_segments(milvus, vectors)
    assert_searches_are_exact(url, vectors)
    restart(milvus)
    assert_searches_are_exact(url, vectors)
    with Collection(url, FakeEncoder()) as collection:
        assert len(collection.vectors()[0]) == COUNT
        recall = collection.index.verify().recall
        assert {each.share for shares in recall.values() for each in shares.values()} == {1.0}
