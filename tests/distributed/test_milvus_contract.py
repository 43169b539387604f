"""A collection on a server keeps the contract, and its pictures lie in a folder as any."""

from collections.abc import Iterator

import pytest

from firs.milvus.address import Address
from firs.milvus.documents import notes_of
from firs.milvus.server import Server
from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.collection.contract import CollectionContract
from tests.distributed.milvus import MilvusServer

__all__ = ["encoder", "photo", "photos", "rainbow"]

pytestmark = pytest.mark.distributed


class TestOnAServer(CollectionContract):
    @pytest.fixture
    def place(self, milvus: MilvusServer) -> Iterator[str]:
        """One collection for all tests, emptied after each: to make one takes ten seconds."""
        address = Address.parse(milvus.url("contract"))
        yield str(address)
        with Server(address) as server:
            for name in server.names():
                if name.startswith(address.name):
                    all_ = 'id != ""' if name == notes_of(address.name) else "id > 0"
                    server.delete_where(name, all_)

    @pytest.fixture
    def nowhere(self, url: str) -> str:
        return url
