"""Many values in a statement, a few at a time."""

from collections.abc import Iterator, Sequence

_AT_ONCE = 500
"""SQLite of old allows 999 values in one statement."""


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in lists that one statement can take."""
    for start in range(0, len(ids), _AT_ONCE):
        yield [int(id_) for id_ in ids[start : start + _AT_ONCE]]


def marks(values: Sequence[int]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))
