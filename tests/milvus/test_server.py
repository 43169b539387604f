"""A server's rows and collections: written, read, counted and found; errors say what to do.

``tests/distributed/test_milvus_server.py`` runs the same on a real server.
"""

from typing import Any

import numpy as np
import pytest

from firs.errors import CollectionNotFound, NameTaken, ServerError
from firs.milvus.schema import Field, VectorIndex
from firs.milvus.server import Server

FIELDS = [Field("id", "INT64"), Field("vector", "FLOAT_VECTOR", dim=4), Field("a", "VARCHAR", 99)]
NAME = "server_test"


@pytest.fixture
def made(server: Server) -> Server:
    server.create(NAME, FIELDS, "a test", VectorIndex())
    return server


@pytest.fixture
def filled(made: Server) -> Server:
    """3,000 rows; the vectors of the first four are the axes."""
    vectors = np.random.default_rng(0).normal(size=(3000, 4)).astype(np.float32)
    vectors[:4] = np.eye(4)
    made.upsert(
        NAME,
        [{"id": at + 1, "vector": each, "a": f"row {at}"} for at, each in enumerate(vectors)],
    )
    return made


def test_a_collection_is_described(made: Server) -> None:
    described = made.describe(NAME)
    assert made.version() >= (2, 3, 0)
    assert made.has(NAME)
    assert NAME in made.names()
    assert (described.description, described.dims) == ("a test", {"vector": 4})
    assert described.fields == ("id", "vector", "a")
    index = made.index(NAME)
    assert index is not None
    assert (index.kind, index.metric) == ("FLAT", "COSINE")


def test_rows_written_twice_are_there_once(filled: Server) -> None:
    rows = [{"id": 7, "vector": [1, 0, 0, 1], "a": "new"}, {"id": 7, "vector": [0] * 4, "a": "it"}]
    filled.upsert(NAME, rows)
    assert filled.count(NAME) == 3000
    assert filled.get(NAME, [7, 5000], ["a"]) == {7: {"id": 7, "a": "it"}}


def test_rows_come_by_id_in_parts(filled: Server) -> None:
    parts = list(filled.iterate(NAME, "id > 100", ["a"], size=800))
    ids = [row["id"] for part in parts for row in part]
    assert ids == list(range(101, 3001))
    assert [row["id"] for row in filled.query(NAME, "id > 100", limit=3)] == [101, 102, 103]
    assert len(filled.query(NAME)) == 3000


def test_the_nearest_are_found(filled: Server) -> None:
    [first, second] = filled.search(NAME, np.eye(4, dtype=np.float32)[:2], 2, fields=["a"])
    assert (first.ids[0], second.ids[0]) == (1, 2)
    assert first.scores[0] == pytest.approx(1)
    assert first.rows[0] == {"a": "row 0"}
    [only] = filled.search(NAME, np.eye(4, dtype=np.float32)[:1], 2, "id in [3, 4]")
    assert set(only.ids) == {3, 4}


def test_many_queries_are_sent_in_parts(filled: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = np.random.default_rng(1).normal(size=(25, 4)).astype(np.float32)
    whole = filled.search(NAME, queries, 10)
    sizes: list[int] = []
    read = Server._read

    def count_queries(self: Server, name: str, consistency: Any, find: Any) -> Any:
        sizes.append(len(find.args[0]))
        return read(self, name, consistency, find)

    monkeypatch.setattr(Server, "_read", count_queries)
    monkeypatch.setattr("firs.milvus.server._RESULTS_AT_ONCE", 80)
    parts = filled.search(NAME, queries, 10)
    assert sizes == [8, 8, 8, 1]
    assert [hits.ids.tolist() for hits in parts] == [hits.ids.tolist() for hits in whole]


def test_removed_rows_are_gone(filled: Server) -> None:
    filled.delete(NAME, [1, 2, 9999])
    assert filled.count(NAME, "id < 10") == 7
    assert filled.delete_where(NAME, "id < 10") == 7
    assert filled.count(NAME) == 2991


def test_a_writer_sees_writes_of_other_processes(filled: Server, other: Server) -> None:
    other.upsert(NAME, [{"id": 8000, "vector": [1, 1, 1, 1], "a": "b"}])
    assert filled.writer().count(NAME, "id == 8000") == 1
    other.delete(NAME, [8000])
    assert filled.writer().count(NAME, "id == 8000") == 0


def test_making_a_collection_again_changes_nothing(filled: Server) -> None:
    filled.create(NAME, FIELDS, "a test", VectorIndex())
    assert filled.count(NAME) == 3000
    with pytest.raises(NameTaken, match="Choose another name"):
        filled.create(NAME, FIELDS[:2], "another", VectorIndex())


def test_an_absent_collection_is_an_error_but_dropping_it_is_none(server: Server) -> None:
    for call in (server.describe, server.count, server.query):
        with pytest.raises(CollectionNotFound, match="firs index"):
            call("absent")
    server.drop("absent")


def test_a_refusal_is_raised_at_once(made: Server) -> None:
    with pytest.raises(ServerError, match="cannot parse expression"):
        made.count(NAME, "id >>> 3")


def test_a_released_collection_is_loaded_again(filled: Server) -> None:
    filled.run(lambda client, timeout: client.release_collection(NAME, timeout=timeout))
    assert filled.count(NAME) == 3000


def test_an_index_can_be_exchanged(filled: Server) -> None:
    filled.set_index(NAME, VectorIndex("HNSW", params={"M": 8, "efConstruction": 64}))
    index = filled.index(NAME)
    assert index is not None
    assert index.kind == "HNSW"
    assert index.params["M"] in (8, "8")
    [hits] = filled.search(NAME, np.eye(4, dtype=np.float32)[:1], 1, params={"ef": 64})
    assert hits.ids[0] == 1
    filled.set_index(NAME, VectorIndex())  # the collection may serve other tests, too
