"""What a collection stores besides its images, on a real server."""

from collections.abc import Iterator

import pytest

from firs.milvus.address import Address
from firs.milvus.server import Server
from tests.distributed.milvus import MilvusServer
from tests.milvus.test_stores import (
    NAME,
    calibrations,
    examples,
    expansions,
    fill,
    images,
    log,
    made,
    notes,
    store,
    test_a_calibration_is_read_as_it_was_written,
    test_a_fork_is_a_session_of_its_own,
    test_a_journal_of_other_events_is_refused,
    test_a_mark_in_the_middle_of_an_undo,
    test_a_newer_one_takes_its_place,
    test_an_act_counts_as_a_whole_and_exactly_one_is_taken_back,
    test_an_event_that_a_killed_process_left_does_not_count,
    test_an_image_that_goes_leaves_the_log,
    test_captions_are_sampled_once,
    test_captions_come_with_their_sources,
    test_events_and_their_log_are_removed_with_the_session,
    test_of_two_at_once_nothing_is_lost,
    test_one_that_is_forgotten_is_gone_with_its_events,
    test_one_that_is_opened_is_gone_on_with,
    test_queries_and_marks_are_logged_newest_first,
    test_records_the_one_changed_last_first,
    test_some_are_removed,
    test_the_log_is_off_until_it_is_turned_on,
    test_the_nearest_texts_and_those_of_images,
    test_the_same_again_takes_the_place_of_the_older,
    test_the_texts_that_a_calibration_is_measured_with,
    test_they_are_counted_and_forgotten,
    test_what_json_cannot_hold_is_not_written,
    test_what_was_kept_is_known_again,
    test_what_was_saved_is_there,
    test_what_was_stored_is_there,
)

__all__ = [
    "calibrations",
    "examples",
    "expansions",
    "images",
    "log",
    "made",
    "notes",
    "store",
    "test_a_calibration_is_read_as_it_was_written",
    "test_a_fork_is_a_session_of_its_own",
    "test_a_journal_of_other_events_is_refused",
    "test_a_mark_in_the_middle_of_an_undo",
    "test_a_newer_one_takes_its_place",
    "test_an_act_counts_as_a_whole_and_exactly_one_is_taken_back",
    "test_an_event_that_a_killed_process_left_does_not_count",
    "test_an_image_that_goes_leaves_the_log",
    "test_captions_are_sampled_once",
    "test_captions_come_with_their_sources",
    "test_events_and_their_log_are_removed_with_the_session",
    "test_of_two_at_once_nothing_is_lost",
    "test_one_that_is_forgotten_is_gone_with_its_events",
    "test_one_that_is_opened_is_gone_on_with",
    "test_queries_and_marks_are_logged_newest_first",
    "test_records_the_one_changed_last_first",
    "test_some_are_removed",
    "test_the_log_is_off_until_it_is_turned_on",
    "test_the_nearest_texts_and_those_of_images",
    "test_the_same_again_takes_the_place_of_the_older",
    "test_the_texts_that_a_calibration_is_measured_with",
    "test_they_are_counted_and_forgotten",
    "test_what_json_cannot_hold_is_not_written",
    "test_what_was_kept_is_known_again",
    "test_what_was_saved_is_there",
    "test_what_was_stored_is_there",
]

pytestmark = pytest.mark.distributed


@pytest.fixture(scope="module")
def server(milvus: MilvusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With one collection of eight pictures for all tests: to make one takes ten seconds."""
    fill(milvus.url(NAME), tmp_path_factory.mktemp("photos"))
    with Server(Address.parse(milvus.url(NAME))) as server:
        yield server
        for name in server.names():
            if name.startswith(NAME):
                server.drop(name)
