"""A real server does what the fake one of ``tests/milvus`` does, and says where it is absent."""

from collections.abc import Iterator

import pytest

from firs.errors import ServerDown
from firs.milvus.address import Address
from firs.milvus.schema import VectorIndex
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer
from tests.milvus.test_server import (
    FIELDS,
    NAME,
    filled,
    test_a_collection_is_described,
    test_a_refusal_is_raised_at_once,
    test_a_released_collection_is_loaded_again,
    test_a_writer_sees_writes_of_other_processes,
    test_an_absent_collection_is_an_error_but_dropping_it_is_none,
    test_an_index_can_be_exchanged,
    test_making_a_collection_again_changes_nothing,
    test_removed_rows_are_gone,
    test_rows_come_by_id_in_parts,
    test_rows_written_twice_are_there_once,
    test_the_nearest_are_found,
)

__all__ = [
    "filled",
    "test_a_collection_is_described",
    "test_a_refusal_is_raised_at_once",
    "test_a_released_collection_is_loaded_again",
    "test_a_writer_sees_writes_of_other_processes",
    "test_an_absent_collection_is_an_error_but_dropping_it_is_none",
    "test_an_index_can_be_exchanged",
    "test_making_a_collection_again_changes_nothing",
    "test_removed_rows_are_gone",
    "test_rows_come_by_id_in_parts",
    "test_rows_written_twice_are_there_once",
    "test_the_nearest_are_found",
]

pytestmark = pytest.mark.distributed


@pytest.fixture(scope="module")
def server(milvus: MilvusServer) -> Iterator[Server]:
    with Server(Address.parse(milvus.url(NAME))) as server:
        yield server


@pytest.fixture(scope="module")
def made(server: Server) -> Iterator[Server]:
    server.create(NAME, FIELDS, "a test", VectorIndex())
    yield server
    server.drop(NAME)


@pytest.fixture
def other(milvus: MilvusServer) -> Iterator[Server]:
    """By another name of the host, so that nothing is known of what ``server`` did."""
    address = milvus.url(NAME).replace("127.0.0.1", "localhost")
    with Server(Address.parse(address)) as server:
        yield server


def test_no_server_at_the_address_is_an_error() -> None:
    server = Server(Address.parse("milvus://ann:secret@127.0.0.1:9/x"), timeout=1)
    with pytest.raises(ServerDown, match=r"No Milvus server answers at 127\.0\.0\.1:9") as raised:
        server.version()
    assert "secret" not in str(raised.value)
    with pytest.raises(ServerDown):
        server.upsert("x", [{"id": 1}])
