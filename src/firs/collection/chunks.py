"""Many things, a few at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

_AT_ONCE = 500
"""SQLite of old allows 999 values in one statement."""


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield the items in lists of ``size``; the last one may be shorter.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """Yield the ids in lists that fit into one statement."""
    return batches(map(int, ids), _AT_ONCE)


def marks(values: Sequence[int]) -> str:
    """Return a question mark for each value, separated by commas."""
    return ",".join("?" * len(values))
