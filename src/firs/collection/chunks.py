"""Many things, a few at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

_AT_ONCE = 500
"""SQLite of old allows 999 values in one statement."""


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of ``size``, the last of what is left.

    >>> list(batches("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def chunks(ids: Sequence[int]) -> Iterator[list[int]]:
    """The ids in lists that one statement can take."""
    return batches(map(int, ids), _AT_ONCE)


def marks(values: Sequence[int]) -> str:
    """A question mark for each value."""
    return ",".join("?" * len(values))
