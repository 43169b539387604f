"""Two processes that serve one collection on a Milvus server, as two that serve one folder."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from firs.collection import Collection
from firs.milvus.address import Address
from firs.milvus.server import Server
from firs.web.registries import collection_id
from tests.distributed.milvus import MilvusServer
from tests.web.server_process import ServerProcess
from tests.web.test_two_servers import (
    Client,
    a,
    b,
    here,
    ids,
    mark,
    test_concurrent_acknowledged_writes_are_not_lost,
    test_example_uploaded_to_one_server_is_usable_on_the_other,
    test_round_of_one_server_is_visible_on_the_other,
    test_session_deleted_on_one_server_is_gone_on_the_other,
    test_undo_on_one_server_is_visible_on_the_other,
)

__all__ = [
    "a",
    "b",
    "here",
    "test_concurrent_acknowledged_writes_are_not_lost",
    "test_example_uploaded_to_one_server_is_usable_on_the_other",
    "test_round_of_one_server_is_visible_on_the_other",
    "test_session_deleted_on_one_server_is_gone_on_the_other",
    "test_undo_on_one_server_is_visible_on_the_other",
]

pytestmark = pytest.mark.distributed


@pytest.fixture(scope="module")
def address(milvus: MilvusServer, indexed_scenes: Path) -> Iterator[str]:
    """Of a collection that has the sample scenes."""
    address = milvus.url("two_servers")
    with Collection(address) as collection:
        collection.add(indexed_scenes)
    yield address
    with Server(Address.parse(address)) as server:
        for name in server.names():
            if name.startswith(server.address.name):
                server.drop(name)


@pytest.fixture(scope="module")
def clients(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sequence[Client]]:
    """Of two servers over the same collection."""
    with ExitStack() as running:
        servers = [
            running.enter_context(
                closing(ServerProcess(address, cache=tmp_path_factory.mktemp("cache")))
            )
            for _ in range(2)
        ]
        yield [server.client for server in servers]


@pytest.fixture
def at(address: str) -> str:
    return f"/api/v1/collections/{collection_id(address)}"


def test_steps_by_turns_never_meet_a_conflict(a: Client, b: Client, here: str) -> None:
    """Each request is sent once the one before is answered, as behind a load balancer."""
    expected: list[int] = []
    for at, image in enumerate(ids(a, here, 0)[:12]):
        one, other = (a, b) if at % 2 else (b, a)
        assert mark(one, here, image).status_code == 200
        [round_] = other.get(here).json()["rounds"]
        assert round_["marks"]["relevant"] == [*expected, image]
        if at % 3:
            expected.append(image)
        else:
            assert other.post(f"{here}/undo").status_code == 200
            [round_] = one.get(here).json()["rounds"]
            assert round_["marks"]["relevant"] == expected
