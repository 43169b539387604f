"""What the workers do, and what the reader makes of it, with pyarrow and Ray."""

import pytest

from tests.cluster.test_reader import (
    paths,
    reader,
    test_a_failed_cluster_names_the_remedy,
    test_a_failed_encoder_ends_it,
    test_a_file_that_kills_its_worker_fails_no_other,
    test_a_file_that_only_this_machine_sees,
    test_an_address_where_no_one_listens,
    test_an_encoder_of_ones_own_has_no_name,
    test_hashes_only,
    test_vectors_are_those_of_this_machine,
)

__all__ = [
    "paths",
    "reader",
    "test_a_failed_cluster_names_the_remedy",
    "test_a_failed_encoder_ends_it",
    "test_a_file_that_kills_its_worker_fails_no_other",
    "test_a_file_that_only_this_machine_sees",
    "test_an_address_where_no_one_listens",
    "test_an_encoder_of_ones_own_has_no_name",
    "test_hashes_only",
    "test_vectors_are_those_of_this_machine",
]

pytestmark = [pytest.mark.distributed, pytest.mark.filterwarnings("ignore")]
