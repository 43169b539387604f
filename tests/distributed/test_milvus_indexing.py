"""``collection.index`` on a real server."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.test_indexing import (
    test_bits_follow_images_that_come_change_and_go,
)

__all__ = [
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_bits_follow_images_that_come_change_and_go",
]

pytestmark = pytest.mark.distributed
