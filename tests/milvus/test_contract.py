"""A collection on a server keeps the contract, whichever way its rows are spread."""

import pytest

from tests.collection.contract import CollectionContract
from tests.milvus.fake_server import FakeMilvus


class TestOnAServer(CollectionContract):
    @pytest.fixture(params=[1, 3])
    def place(self, milvus: FakeMilvus, request: pytest.FixtureRequest) -> str:
        milvus.segments = request.param
        return milvus.url("contract")

    @pytest.fixture
    def nowhere(self, milvus: FakeMilvus) -> str:
        return milvus.url("nowhere")
