"""Adding to a collection on a real server."""

import pytest

from tests.collection.conftest import encoder, photo, photos, rainbow
from tests.milvus.test_adding import (
    test_a_name_that_another_image_had_gives_another_id,
    test_a_second_encoder_and_whole_precision,
    test_a_taken_name_is_refused,
    test_captions_are_replaced_by_their_source,
    test_images_of_other_folders_are_known_too,
    test_two_at_once_give_each_image_once,
)

__all__ = [
    "encoder",
    "photo",
    "photos",
    "rainbow",
    "test_a_name_that_another_image_had_gives_another_id",
    "test_a_second_encoder_and_whole_precision",
    "test_a_taken_name_is_refused",
    "test_captions_are_replaced_by_their_source",
    "test_images_of_other_folders_are_known_too",
    "test_two_at_once_give_each_image_once",
]

pytestmark = pytest.mark.distributed
