"""Where the images that answer a query stand among all images, with ties told honestly.

An image that shares its score with others could stand anywhere among them, so it gets the rank
that it would have on average if the equals were shuffled. Neither the order in which images were
added nor the direction of a comparison can then flatter a method.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

Places: TypeAlias = NDArray[np.int64]
"""int64, positions counted from 0 in a data set's list of images or of captions."""

ScoreRows: TypeAlias = NDArray[np.float32]
"""float32 ``(b, n)``: the scores of all ``n`` images for ``b`` queries, higher is better."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with what is going on, how much is done, and of how much."""

EQUAL = 1e-6
"""Scores no further apart than this are equal: a float32 product depends that much on its order."""

BLOCK = 256
"""Queries at a time: a block of scores over 36,014 images takes 37 MB."""


@dataclass(frozen=True, slots=True)
class Relevant:
    """Which images answer each query.

    Args:
        owner: int64 ``(r,)``, rising: the query that each of the ``r`` pairs belongs to.
        place: int64 ``(r,)``: the image.
        count: how many queries there are; each has at least one image.
    """

    owner: Places
    place: Places
    count: int

    @classmethod
    def single(cls, places: Places) -> "Relevant":
        """One image a query: ``places`` int64 ``(q,)``."""
        return cls(np.arange(len(places)), np.asarray(places, dtype=np.int64), len(places))

    @classmethod
    def lists(cls, lists: Sequence[Sequence[int] | Places]) -> "Relevant":
        """Any number of images a query.

        Raises:
            InputError: a query has none.
        """
        lengths = np.array([len(places) for places in lists], dtype=np.int64)
        if np.any(lengths == 0):
            raise InputError(
                f"Query {int(np.argmin(lengths))} has no relevant image; leave it out."
            )
        flat = [place for places in lists for place in places]
        owner = np.repeat(np.arange(len(lists)), lengths)
        return cls(owner, np.array(flat, dtype=np.int64), len(lists))

    def of(self, queries: Places) -> "Relevant":
        """The same for some of the queries, numbered anew in the order given."""
        starts = np.searchsorted(self.owner, queries, side="left")
        ends = np.searchsorted(self.owner, queries, side="right")
        owner = np.repeat(np.arange(len(queries)), ends - starts)
        taken = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        return Relevant(owner, self.place[np.concatenate([*taken, owner[:0]])], len(queries))


@dataclass(frozen=True, slots=True)
class Ranks:
    """The rank of every relevant image, from 1; ``rank`` float64 ``(r,)`` goes with ``owner``.

    Within a query the ranks rise.
    """

    owner: Places
    rank: NDArray[np.float64]
    count: int
    images: int

    @property
    def first(self) -> NDArray[np.float64]:
        """float64 ``(count,)``: the rank of each query's best relevant image."""
        return self.rank[np.searchsorted(self.owner, np.arange(self.count))]

    def nth(self) -> NDArray[np.int64]:
        """int64 ``(r,)``: 1 for a query's best relevant image, 2 for its next, …."""
        starts = np.searchsorted(self.owner, self.owner)
        return np.arange(len(self.owner)) - starts + 1

    @staticmethod
    def joined(parts: Sequence["Ranks"]) -> "Ranks":
        """The ranks of consecutive blocks of queries as one."""
        offsets = np.cumsum([0, *(part.count for part in parts)])
        owners = [part.owner + at for part, at in zip(parts, offsets[:-1], strict=True)]
        ranks = [part.rank for part in parts]
        return Ranks(
            np.concatenate(owners), np.concatenate(ranks), int(offsets[-1]), parts[0].images
        )


def ranks_in(scores: ScoreRows, relevant: Relevant) -> Ranks:
    """Rank each query's relevant images by the scores of all images.

    Raises:
        InputError: a score is not a number.
    """
    if np.isnan(scores).any():
        raise InputError("A score is not a number; whatever gave it is broken.")
    values = scores[relevant.owner, relevant.place]
    above, equal = _compared(scores, relevant.owner, values)
    order = np.lexsort((above, relevant.owner))
    rank = _expected(relevant.owner[order], above[order], equal[order])
    return Ranks(relevant.owner, rank, relevant.count, scores.shape[1])


def blocks(count: int, size: int = BLOCK) -> Iterator[Places]:
    """Consecutive places, ``size`` at a time, ``count`` in all."""
    return (np.arange(at, min(at + size, count)) for at in range(0, count, size))


def _compared(scores: ScoreRows, owner: Places, values: ScoreRows) -> tuple[Places, Places]:
    """How many scores in its row lie above each value, and how many are its equals (itself too)."""
    above, from_here = np.empty(len(owner), np.int64), np.empty(len(owner), np.int64)
    for pairs in _one_a_row(owner):
        rows = scores if len(pairs) == len(scores) else scores[owner[pairs]]
        value = values[pairs, np.newaxis]
        above[pairs] = np.count_nonzero(rows > value + EQUAL, axis=1)
        from_here[pairs] = np.count_nonzero(rows >= value - EQUAL, axis=1)
    return above, from_here - above


def _one_a_row(owner: Places) -> Iterator[Places]:
    """The pairs in groups that hold each query once at most, so that no block grows."""
    nth = np.arange(len(owner)) - np.searchsorted(owner, owner)
    for turn in range(int(nth.max(initial=-1)) + 1):
        yield np.flatnonzero(nth == turn)


def _expected(owner: Places, above: Places, equal: Places) -> NDArray[np.float64]:
    """Expected rank of the j-th of r relevant among e equals: above + j·(e+1)/(r+1)."""
    key = np.stack([owner, above], axis=1)
    _, start, of, size = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    group = of.reshape(-1)
    nth = np.arange(len(owner)) - start[group] + 1
    expected: NDArray[np.float64] = above + nth * (equal + 1) / (size[group] + 1)
    return expected
