from firs.milvus.queries import ConsistencyTracker, consistency_of


def begun() -> ConsistencyTracker:
    """One that has seen everything once."""
    fresh = ConsistencyTracker()
    for name in ("photos", "others"):
        fresh.record_read(name, 0)
    return fresh


def test_the_first_read_sees_everything() -> None:
    assert ConsistencyTracker().level("photos") == "Strong"


def test_a_process_without_writes_does_not_wait() -> None:
    assert begun().level("photos") == "Bounded"


def test_a_process_with_writes_sees_them() -> None:
    fresh = begun()
    fresh.record_write("photos")
    assert (fresh.level("photos"), fresh.level("others")) == ("Session", "Bounded")


def test_a_removal_is_seen_by_one_reading_of_all_that_began_after_it() -> None:
    fresh = begun()
    fresh.record_write("photos")
    before = fresh.removals("photos")
    fresh.record_removal("photos")
    fresh.record_read("photos", before)
    assert fresh.level("photos") == "Strong"
    fresh.record_read("photos", fresh.removals("photos"))
    assert fresh.level("photos") == "Session"


def test_all_connections_to_a_server_share_it() -> None:
    assert consistency_of("a:1") is consistency_of("a:1")
    assert consistency_of("a:1") is not consistency_of("b:1")
