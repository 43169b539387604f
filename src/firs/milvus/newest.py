"""The images that were added last, of a server that cannot sort."""

from collections.abc import Callable, Iterable

FEW = 2_000
"""Images that may be read beside those that are wanted."""

Added = tuple[int, int]
"""When an image was added, in µs since 1970, and its id."""


def newest(
    since: Callable[[int], int],
    between: Callable[[int, int], Iterable[Added]],
    start: int,
    count: int,
    span: tuple[int, int],
) -> list[int]:
    """The ids of ``count`` images from ``start`` on, those that were added last first.

    Two moments are found by halving between which these were added and few others, and only what
    was added between them is read.

    Args:
        since: counts what was added at a moment or later.
        between: gives what was added from one moment on and before another.
        start: how many come before.
        count: how many at most.
        span: a moment before all, and one after all.
    """
    low, high = span
    after = min(start + count, since(low))
    if after <= start:
        return []
    first = _moment(since, low, high, after)
    end = high if start <= FEW else _moment(since, first, high, start - FEW)
    passed = 0 if end == high else since(end)
    if passed > start:
        end += 1
        passed = since(end)
    found = sorted(between(first, end), reverse=True)
    return [id_ for _, id_ in found[start - passed : after - passed]]


def _moment(since: Callable[[int], int], low: int, high: int, least: int) -> int:
    """A late moment since which ``least`` were added, or few more if that can be."""
    while high - low > 1:
        middle = (low + high) // 2
        found = since(middle)
        if found < least:
            high = middle
        else:
            low = middle
            if found <= least + FEW:
                break
    return low
