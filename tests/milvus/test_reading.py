"""Reading every row of segments that are merged as Milvus 2.3 merges them."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firs.errors import ServerError
from firs.milvus.queries import Consistency, Reader, in_list
from firs.milvus.schema import KEY, Key, Row


class Segments:
    """Rows in segments. A query with a limit stops where one segment has no further row.

    Args:
        segments: their ids.
        ordered: whether a query with a limit is one for the smallest ids, or for any.
    """

    def __init__(self, *segments: Iterable[Key], ordered: bool = True) -> None:
        self.segments = [sorted(each) for each in segments]
        self.ordered = ordered
        self.hidden: set[Key] = set()
        self.longest = 0

    def ids(self) -> list[Key]:
        return sorted(set().union(*self.segments))

    def reader(self) -> Reader:
        return Reader(self.ask, self.count, "milvus.lan:19530/photos")

    def ask(
        self, where: str, fields: Sequence[str], limit: int | None, level: Consistency | None
    ) -> list[Row]:
        matching = [[id_ for id_ in each if holds(where, id_)] for each in self.segments]
        if limit is None:
            found = [id_ for each in matching for id_ in each if id_ not in self.hidden]
            self.longest = max(self.longest, len(found) if len(fields) > 1 else 0)
        elif self.ordered:
            found = merged([each[:limit] for each in matching if each])[:limit]
        else:
            found = [id_ for each in matching for id_ in each[::-1]][:limit]
        return [{KEY: id_, "path": f"/{id_}"} for id_ in dict.fromkeys(found)]

    def count(self, where: str, level: Consistency | None) -> int:
        return sum(holds(where, id_) for each in self.segments for id_ in each)


def holds(where: str, id_: Key) -> bool:
    return not where or bool(eval(where, {"id": id_}))


def merged(matching: list[list[Key]]) -> list[Key]:
    """The smallest ids, until a segment is drained."""
    found: list[Key] = []
    while matching and all(matching):
        first = min(matching, key=lambda each: each[0])
        found.append(first.pop(0))
    return found


def read(segments: Segments, size: int, where: str = "", after: Key | None = None) -> list[Key]:
    reader = segments.reader()
    found: list[Key] = []
    for part, expected in reader.ranges(where, after, size):
        found += sorted(row[KEY] for row in reader.rows(part, ["path"], None, expected))
    return found


UNEVEN = [range(1, 1_000, 2), range(2, 500, 2), [500, 998], range(1_001, 1_004)]


def test_the_stand_in_loses_rows_as_milvus_does() -> None:
    segments = Segments(*UNEVEN)
    assert len(segments.ask("id > 0", [KEY], 5_000, None)) < len(segments.ids())


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("size", [1, 7, 100, 400, 5_000])
def test_every_row_is_read_once_in_parts_of_a_bounded_length(size: int, ordered: bool) -> None:
    segments = Segments(*UNEVEN, ordered=ordered)
    assert read(segments, size) == segments.ids()
    assert segments.longest <= 2 * size
    assert read(segments, size, "id % 2 == 0", after=480) == [*range(482, 501, 2), 998, 1_002]


@settings(deadline=None)
@given(st.lists(st.sets(st.integers(1, 300)), max_size=6), st.integers(1, 50), st.booleans())
def test_whatever_the_segments_are(parts: list[set[int]], size: int, ordered: bool) -> None:
    segments = Segments(*parts, ordered=ordered)
    assert read(segments, size) == segments.ids()


def test_ids_may_be_texts() -> None:
    segments = Segments(["a/1", "a/3", "b/1"], ["a/2", "é", 'b"2'])
    assert read(segments, 1, 'id >= ""') == ["a/1", "a/2", "a/3", 'b"2', "b/1", "é"]


def test_of_two_versions_of_a_row_one_is_returned() -> None:
    segments = Segments([1, 2, 3], [2, 3, 4])
    assert read(segments, 10) == [1, 2, 3, 4]
    assert len(segments.reader().rows(f"id {in_list([2, 3])}", (), None, 2)) == 2


def test_an_id_that_is_nowhere_may_be_left_out() -> None:
    found = Segments([1, 2], [3]).reader().rows(f"id {in_list([1, 3, 5])}", (), None, 3)
    assert [row[KEY] for row in found] == [1, 3]


def test_rows_that_are_counted_but_not_returned_are_an_error() -> None:
    segments = Segments([1, 2], [3, 4])
    segments.hidden = {4}
    with pytest.raises(ServerError, match="does not return all of its rows"):
        read(segments, 10)
    with pytest.raises(ServerError, match="19530/photos does not return"):
        segments.reader().rows(f"id {in_list([3, 4])}", (), None, 2)


def test_a_row_that_is_returned_at_the_second_attempt_is_no_error() -> None:
    class Late(Segments):
        def ask(
            self, where: str, fields: Sequence[str], limit: int | None, level: Consistency | None
        ) -> list[Row]:
            found = super().ask(where, fields, limit, level)
            return found if level == "Strong" else found[1:]

    assert read(Late([1, 2, 3]), 10) == [1, 2, 3]
