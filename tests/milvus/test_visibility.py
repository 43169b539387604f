"""Which rows a server returns: of several segments, of other processes, and in parts."""

from collections.abc import Sequence

import pytest

from firs.errors import ServerFull, ServerTooOld
from firs.milvus import server as module
from firs.milvus.schema import Field, VectorIndex
from firs.milvus.server import Server
from tests.milvus.fake_server import FakeMilvus, quota_exceeded

NAME = "reading"
FIELDS = [Field("id", "INT64"), Field("a", "INT64"), Field("nothing", "BINARY_VECTOR", dim=8)]
INDEX = VectorIndex("BIN_FLAT", "HAMMING", field="nothing")


def rows(ids: Sequence[int], a: int = 0) -> list[dict[str, object]]:
    return [{"id": id_, "a": a, "nothing": b"\0"} for id_ in ids]


@pytest.fixture
def made(server: Server) -> Server:
    server.create(NAME, FIELDS, "", INDEX)
    return server


def spread(milvus: FakeMilvus, server: Server) -> None:
    """Put three ranges of ids in three segments of four, and in the last a single high id."""
    milvus.segments = 4
    server.create(NAME, FIELDS, "", INDEX)
    for ids in zip(range(75), range(100, 175), range(200, 275), strict=True):
        server.upsert(NAME, rows([*ids, 1_000]))
    milvus.settle()


@pytest.mark.parametrize("size", [1, 7, 40, 1_000])
def test_all_rows_come_whichever_segment_ends_first(
    milvus: FakeMilvus, server: Server, size: int
) -> None:
    spread(milvus, server)
    parts = list(server.iterate(NAME, fields=["a"], size=size))
    ids = [row["id"] for part in parts for row in part]
    assert ids == [*range(75), *range(100, 175), *range(200, 275), 1_000]
    assert max(map(len, parts)) <= 2 * size


def test_rows_are_counted_limited_and_looked_up_in_all_segments(
    milvus: FakeMilvus, server: Server
) -> None:
    spread(milvus, server)
    assert server.count(NAME) == 226 == len(server.query(NAME))
    assert [row["id"] for row in server.query(NAME, limit=80)] == [*range(75), *range(100, 105)]
    assert set(server.get(NAME, [0, 174, 274, 1_000, 5_000])) == {0, 174, 274, 1_000}
    assert server.delete_where(NAME, "id >= 100") == 151
    assert server.count(NAME) == 75


def test_the_first_reading_sees_everything(made: Server, other: Server) -> None:
    other.upsert(NAME, rows([1]))
    assert made.count(NAME) == 1


def test_a_second_read_may_miss_recent_writes_of_others(
    milvus: FakeMilvus, made: Server, other: Server
) -> None:
    assert made.count(NAME) == 0
    other.upsert(NAME, rows([1]))
    assert made.count(NAME) == 0
    assert made.count(NAME, consistency="Strong") == 1
    other.upsert(NAME, rows([2]))
    milvus.settle()
    assert made.count(NAME) == 2


def test_a_process_sees_its_writes_at_once(made: Server, other: Server) -> None:
    for number in range(3):
        other.upsert(NAME, rows([100 + number]))
        made.upsert(NAME, rows([number], a=number))
        assert made.count(NAME) == 2 * (number + 1)
        assert made.get(NAME, [number], ["a"]) == {number: {"id": number, "a": number}}


def test_a_process_sees_its_removals_at_once(made: Server) -> None:
    made.upsert(NAME, rows([1, 2, 3]))
    assert made.count(NAME) == 3
    made.delete(NAME, [1])
    assert [row["id"] for row in made.query(NAME)] == [2, 3]
    made.upsert(NAME, rows([1]))
    made.delete(NAME, [2])
    assert sorted(made.get(NAME, [1, 2, 3])) == [1, 3]


def test_old_writes_are_read_without_waiting(milvus: FakeMilvus, made: Server) -> None:
    made.upsert(NAME, rows([1]))
    assert made.count(NAME) == 1
    milvus.clock.sleep(11)
    milvus.settle()
    assert made.count(NAME) == 1


def test_many_keys_are_looked_up_and_removed_in_parts(
    milvus: FakeMilvus, made: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_KEYS_AT_ONCE", 10)
    made.upsert(NAME, rows(range(25)))
    assert len(made.get(NAME, [*range(25), *range(25)])) == 25
    assert milvus.count_calls("query") == 3
    made.delete(NAME, range(20))
    assert milvus.count_calls("delete") == 2
    assert sorted(made.get(NAME, range(30))) == [20, 21, 22, 23, 24]


def test_rows_are_written_in_parts_that_stay_where_a_later_one_fails(
    milvus: FakeMilvus, made: Server
) -> None:
    many = rows(range(5_000))
    milvus.fail("upsert", None, quota_exceeded())
    with pytest.raises(ServerFull, match="more disk or memory"):
        made.upsert(NAME, many)
    assert made.count(NAME, consistency="Strong") == 2_000
    assert made.upsert(NAME, many) == 5_000
    assert made.count(NAME) == 5_000


def test_nothing_is_read_if_no_row_is_requested(milvus: FakeMilvus, made: Server) -> None:
    assert made.get(NAME, []) == {}
    assert list(made.iterate(NAME, size=0)) == []
    made.delete(NAME, [])
    assert made.upsert(NAME, []) == 0
    assert {method for method, _ in milvus.calls}.isdisjoint({"query", "delete", "upsert"})


@pytest.mark.parametrize(
    ("reported", "version"), [("v2.3.5", (2, 3, 5)), ("2.6.1-dev", (2, 6, 1)), ("v2.4", (2, 4, 0))]
)
def test_the_version_is_read_however_it_is_written(
    milvus: FakeMilvus, server: Server, reported: str, version: tuple[int, int, int]
) -> None:
    milvus.version = reported
    assert server.version() == version


def test_a_server_that_is_too_old_is_refused(milvus: FakeMilvus, server: Server) -> None:
    milvus.version = "v2.2.16"
    with pytest.raises(ServerTooOld, match=r"fake:19530 is Milvus v2\.2\.16; 2\.3 or later"):
        server.version()
