"""How far an approximate search looks, chosen on queries at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

_SHORTEST, _LONGEST = 50, 3_200
_A_ROW = 200
"""A row that is scored again takes as long as so many codes that are passed over."""

_COUNT = 18
"""Results to request for the best 10: more, to settle ties (see ``firs.index.query``)."""

Found = Callable[[int, int], NDArray[np.int64]]
"""How many lists are looked into, how many are to be found → their places ``(q, count)``."""


@dataclass(frozen=True, slots=True)
class ProbeParams:
    """Search parameters: number of candidates to rescore, and number of lists to probe.

    >>> ProbeParams(200, 8).candidates(count=18, size=10_000)
    200
    >>> ProbeParams(200, 8).lists_among(size=50, all_=100, lists=64)
    16
    """

    rescored: int
    lists: int

    @classmethod
    def of(cls, count: int) -> Self:
        """Where nothing is known yet."""
        return cls(min(_SHORTEST, max(count, 1)), 1)

    def candidates(self, count: int, size: int) -> int:
        """How many are scored again to find the best ``count`` of ``size``."""
        return min(max(self.rescored, self.rescored * count // _COUNT, 4 * count), size)

    def lists_among(self, size: int, all_: int, lists: int) -> int:
        """How many of all ``lists`` are looked into where ``size`` of ``all_`` may be found."""
        return min(lists, -(-self.lists * all_ // size))

    def array(self) -> NDArray[np.int64]:
        """Both numbers as an array, for storage."""
        return np.array([self.rescored, self.lists])

    @classmethod
    def from_array(cls, array: NDArray[np.int64]) -> Self:
        """What ``array`` gave."""
        return cls(*array.tolist())


def tune_for_recall(
    reach: ProbeParams, exact: NDArray[np.int64], found: Found, size: tuple[int, int], target: float
) -> ProbeParams:
    """The cheapest reach, no shorter than before, that finds a share of what is exact.

    Args:
        reach: the one before.
        exact: int64 ``(q, best)``, the places of what queries should find.
        found: finds candidates.
        size: the number of entries, and of lists.
        target: the share of ``exact``; where none reaches it, all lists are looked into.
    """
    entries, lists = size
    fitting: list[tuple[float, ProbeParams]] = []
    for looked in _doubling(reach.lists, lists):
        places = found(looked, min(_LONGEST, entries))
        rescored = _enough(exact, places, target)
        if rescored is not None:
            cost = entries * looked / lists + _A_ROW * rescored
            fitting.append((cost, ProbeParams(max(rescored, reach.rescored), looked)))
    longest = ProbeParams(min(_LONGEST, entries), lists)
    return min(fitting, key=lambda each: each[0], default=(0, longest))[1]


def _enough(exact: NDArray[np.int64], places: NDArray[np.int64], target: float) -> int | None:
    """How many of the first ``places`` hold the share ``target`` of ``exact``, if any do."""
    ranks = np.sort(np.concatenate([_ranks(*each) for each in zip(exact, places, strict=True)]))
    last = ranks[max(0, int(np.ceil(target * len(ranks))) - 1)]
    return None if last == places.shape[1] else max(int(last) + 1, _SHORTEST)


def _ranks(exact: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rank of each of ``exact`` in ``places``; after the last if missing."""
    same = places == exact[:, np.newaxis]
    return np.where(same.any(axis=1), same.argmax(axis=1), len(places))


def _doubling(first: int, last: int) -> list[int]:
    steps = [first]
    while steps[-1] < last:
        steps.append(min(last, 2 * steps[-1]))
    return steps
