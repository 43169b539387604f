"""Listing the newest without sorting on the server."""

from collections.abc import Iterable

import pytest

from firs.milvus.images import FEW, newest

NOW = 1_700_000_000_000_000


class Added:
    """Images added at some moments, as a server tells of them; how often it was asked."""

    def __init__(self, moments: Iterable[int]) -> None:
        self.images = [(moment, id_) for id_, moment in enumerate(moments, start=1)]
        self.counted = self.read = 0

    def since(self, moment: int) -> int:
        self.counted += 1
        return sum(at >= moment for at, _ in self.images)

    def between(self, first: int, end: int) -> Iterable[tuple[int, int]]:
        found = [(at, id_) for at, id_ in self.images if first <= at < end]
        self.read += len(found)
        return found

    def newest(self, start: int, count: int) -> list[int]:
        return newest(self.since, self.between, start, count, (0, NOW))

    def sorted(self) -> list[int]:
        return [id_ for _, id_ in sorted(self.images, reverse=True)]


@pytest.mark.parametrize(
    "moments",
    [
        range(NOW - 9_000, NOW, 1),
        [NOW - 10**12 + at for at in range(9_000)],
        [NOW - 1 - (at * 7919 % 10_007) ** 2 for at in range(9_000)],
        [NOW - 5] * 9_000,
        [NOW - 5] * 4_500 + [NOW - 10**13 + at for at in range(4_500)],
    ],
    ids=["just now", "long ago in a moment", "now and then", "all at once", "half at once"],
)
@pytest.mark.parametrize("start", [0, 30, 4_000, 8_990, 9_000, 10_000])
def test_the_same_as_sorted(moments: Iterable[int], start: int) -> None:
    added = Added(moments)
    assert added.newest(start, 60) == added.sorted()[start : start + 60]
    assert added.counted < 120


def test_only_few_are_read() -> None:
    start = 6_000
    added = Added(NOW - 10 * at for at in range(9_000))
    assert added.newest(start, 60) == added.sorted()[start : start + 60]
    assert added.read <= 2 * FEW + 60


def test_an_empty_one() -> None:
    assert Added([]).newest(0, 60) == []
    assert Added([NOW - 1]).newest(0, 0) == []
