"""A collection in a folder keeps the contract."""

from pathlib import Path

import pytest

from tests.collection.contract import CollectionContract


class TestInAFolder(CollectionContract):
    @pytest.fixture
    def place(self, photos: Path) -> Path:
        return photos / ".firs"

    @pytest.fixture
    def nowhere(self, tmp_path: Path) -> Path:
        return tmp_path / "nowhere"
