"""A collection on a server keeps the contract, and its pictures lie in a folder as any."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.collection.contract import CollectionContract

__all__ = ["encoder", "photo", "photos", "rainbow"]

pytestmark = pytest.mark.distributed


class TestOnAServer(CollectionContract):
    @pytest.fixture
    def place(self, url: str) -> str:
        return url
