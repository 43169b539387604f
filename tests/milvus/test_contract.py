"""A collection on a server keeps the contract, however its rows are spread and its fields named."""

import pytest

from tests.collection.contract import CollectionContract
from tests.milvus.fake_server import FakeMilvus
from tests.milvus.previous import make_previous


class TestOnAServer(CollectionContract):
    @pytest.fixture(params=[1, 3])
    def place(self, milvus: FakeMilvus, request: pytest.FixtureRequest) -> str:
        milvus.segments = request.param
        return milvus.url("contract")

    @pytest.fixture
    def nowhere(self, milvus: FakeMilvus) -> str:
        return milvus.url("nowhere")


class TestOfThePreviousSchema(CollectionContract):
    @pytest.fixture
    def place(self, milvus: FakeMilvus) -> str:
        url = milvus.url("contract")
        make_previous(url)
        return url

    @pytest.fixture
    def nowhere(self, milvus: FakeMilvus) -> str:
        return milvus.url("nowhere")
