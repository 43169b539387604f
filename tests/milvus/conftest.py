"""A fake Milvus server, which the package reaches through fakes of pymilvus and gRPC."""

from collections.abc import Iterator

import pytest

from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.fake_client import installed
from tests.milvus.fake_server import FakeMilvus

__all__ = ["encoder", "photo", "photos", "rainbow"]


@pytest.fixture
def milvus() -> Iterator[FakeMilvus]:
    """A server whose time passes only where a caller waits."""
    made = FakeMilvus()
    with installed(made):
        yield made


@pytest.fixture
def url(milvus: FakeMilvus) -> str:
    """The address of a collection that does not exist yet."""
    return milvus.url("photos")


@pytest.fixture
def server(milvus: FakeMilvus, url: str) -> Iterator[Server]:
    """A connection to the server."""
    with Server(Address.parse(url, {})) as opened:
        yield opened


@pytest.fixture
def other(milvus: FakeMilvus) -> Iterator[Server]:
    """A connection to the same server from another process."""
    with Server(Address.parse(milvus.url("photos", host="other"), {})) as opened:
        yield opened
