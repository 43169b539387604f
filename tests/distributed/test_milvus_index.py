"""The contract of every index, on a real server."""

from collections.abc import Iterator

import pytest

from firs.milvus.index_kinds import KINDS
from tests.distributed.milvus import MilvusServer
from tests.index.test_contract import DIM
from tests.milvus.served import Served, server_of
from tests.milvus.test_index import (
    plain,
    put_vectors,
    test_a_large_subset_is_requested_in_parts,
    test_among_some_it_finds_what_it_would_find_of_them,
    test_an_entry_finds_itself_first,
    test_equal_scores_stand_in_the_order_of_ids_also_at_the_cut,
    test_fewer_may_be_found_than_are_asked_for,
    test_flat_finds_it_in_the_same_order,
    test_its_results_and_scores_are_those_of_exact_search,
    test_keeps_the_protocol,
    test_length_of_a_query_does_not_matter,
    test_malformed_queries_are_refused,
    test_more_asked_than_there_is,
    test_more_results_than_one_search_returns_are_requested_in_parts,
    test_nothing_may_be_found,
    test_scores_fall_and_stay_within_a_cosine,
    test_shapes_and_dtypes,
)

__all__ = [
    "plain",
    "test_a_large_subset_is_requested_in_parts",
    "test_among_some_it_finds_what_it_would_find_of_them",
    "test_an_entry_finds_itself_first",
    "test_equal_scores_stand_in_the_order_of_ids_also_at_the_cut",
    "test_fewer_may_be_found_than_are_asked_for",
    "test_flat_finds_it_in_the_same_order",
    "test_its_results_and_scores_are_those_of_exact_search",
    "test_keeps_the_protocol",
    "test_length_of_a_query_does_not_matter",
    "test_malformed_queries_are_refused",
    "test_more_asked_than_there_is",
    "test_more_results_than_one_search_returns_are_requested_in_parts",
    "test_nothing_may_be_found",
    "test_scores_fall_and_stay_within_a_cosine",
    "test_shapes_and_dtypes",
]

pytestmark = pytest.mark.distributed

HERE = [name for name in KINDS if KINDS.load(name).since <= (2, 3, 5)]


@pytest.fixture(scope="module", params=HERE)
def served(request: pytest.FixtureRequest, milvus: MilvusServer) -> Iterator[Served]:
    made = Served(server_of(milvus.url("unused")), request.param, DIM)
    put_vectors(made)
    yield made
    made.drop()
