"""One server for all tests that leave it running."""

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer

_numbers = itertools.count(1)


def needs_server() -> None:
    """Skip where there is none to start."""
    if not Path(sys.executable).with_name("milvus-server").exists():
        pytest.skip("needs a Milvus server: make test-distributed")


@pytest.fixture(scope="session")
def milvus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    """A server that runs; a test must not end it."""
    needs_server()
    server = MilvusServer(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def url(milvus: MilvusServer) -> Iterator[str]:
    """The address of a collection that nobody else uses."""
    address = milvus.url(f"test_{next(_numbers)}_")
    yield address
    with Server(Address.parse(address)) as server:
        for name in server.names():
            if name.startswith(server.address.name):
                server.drop(name)
