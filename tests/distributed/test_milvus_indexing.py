"""``collection.index`` on a real server."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.test_indexing import (
    test_a_kind_that_the_server_is_too_old_for_is_replaced_with_a_warning,
    test_bits_follow_images_that_come_change_and_go,
    test_the_size_decides_where_nobody_chose,
)

__all__ = [
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_a_kind_that_the_server_is_too_old_for_is_replaced_with_a_warning",
    "test_bits_follow_images_that_come_change_and_go",
    "test_the_size_decides_where_nobody_chose",
]

pytestmark = pytest.mark.distributed
