"""Adding to a collection on a real server."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.test_adding import (
    test_two_at_once_give_each_image_once,
)

__all__ = [
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_two_at_once_give_each_image_once",
]

pytestmark = pytest.mark.distributed
