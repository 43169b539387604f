"""A collection of the previous schema on a real server."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.test_previous import (
    test_a_new_collection_names_its_fields_by_the_current_schema,
    test_its_captions_are_counted_and_found,
)

__all__ = [
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_a_new_collection_names_its_fields_by_the_current_schema",
    "test_its_captions_are_counted_and_found",
]

pytestmark = pytest.mark.distributed
