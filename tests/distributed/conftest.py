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

SLOW = ("test_milvus_reads", "test_milvus_killed", "test_milvus_migrate", "test_milvus_troubles")
"""Modules of tests that wait for servers to restart: they are started first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests of a file, which share a server, for one worker; the slow ones come first.

    Each test of complete reads starts a server for itself, so it is a group of its own.
    """
    for item in items:
        alone = item.path.stem == "test_milvus_reads"
        item.add_marker(pytest.mark.xdist_group(item.nodeid if alone else item.path.stem))
    items.sort(key=lambda item: item.path.stem not in SLOW)


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
