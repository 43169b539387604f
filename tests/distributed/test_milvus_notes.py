"""MilvusDocuments on a real server."""

from collections.abc import Iterator

import pytest

from firs.milvus.address import Address
from firs.milvus.documents import notes_of
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer
from tests.milvus.test_notes import (
    NAME,
    notes,
    test_a_long_one_is_put_together_again,
    test_a_long_one_leaves_nothing_behind,
    test_a_stamp_differs_from_state_to_state,
    test_documents_are_found_by_kind_and_key,
    test_half_of_a_new_one_does_not_show,
    test_those_of_an_image_go_with_it,
    test_where_nothing_was_written_there_is_nothing,
)

__all__ = [
    "notes",
    "test_a_long_one_is_put_together_again",
    "test_a_long_one_leaves_nothing_behind",
    "test_a_stamp_differs_from_state_to_state",
    "test_documents_are_found_by_kind_and_key",
    "test_half_of_a_new_one_does_not_show",
    "test_those_of_an_image_go_with_it",
    "test_where_nothing_was_written_there_is_nothing",
]

pytestmark = pytest.mark.distributed


@pytest.fixture(scope="module")
def server(milvus: MilvusServer) -> Iterator[Server]:
    with Server(Address.parse(milvus.url(NAME))) as server:
        yield server
        server.drop(notes_of(NAME))
