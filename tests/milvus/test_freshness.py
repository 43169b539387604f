from firs.milvus.reading import ConsistencyTracker, freshness_of


def begun() -> ConsistencyTracker:
    """One that has seen everything once."""
    fresh = ConsistencyTracker()
    for name in ("photos", "others"):
        fresh.saw(name, 0)
    return fresh


def test_the_first_reading_sees_what_was_done_before() -> None:
    assert ConsistencyTracker().own("photos") == "Strong"


def test_who_wrote_nothing_waits_for_nothing() -> None:
    assert begun().own("photos") == "Bounded"


def test_who_wrote_sees_it() -> None:
    fresh = begun()
    fresh.record_write("photos")
    assert (fresh.own("photos"), fresh.own("others")) == ("Session", "Bounded")


def test_a_removal_is_seen_by_one_reading_of_all_that_began_after_it() -> None:
    fresh = begun()
    fresh.record_write("photos")
    before = fresh.removals("photos")
    fresh.record_removal("photos")
    fresh.saw("photos", before)
    assert fresh.own("photos") == "Strong"
    fresh.saw("photos", fresh.removals("photos"))
    assert fresh.own("photos") == "Session"


def test_all_connections_to_a_server_share_it() -> None:
    assert freshness_of("a:1") is freshness_of("a:1")
    assert freshness_of("a:1") is not freshness_of("b:1")
