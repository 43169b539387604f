"""The ranks of the relevant images of a query among all images, with a fair rule for ties.

An image that shares its score with others could have any of several ranks, so it gets the rank
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
        """Return the same for some of the queries, numbered again in the order given."""
        starts = np.searchsorted(self.owner, queries, side="left")
        ends = np.searchsorted(self.owner, queries, side="right")
        owner = np.repeat(np.arange(len(queries)), ends - starts)
        taken = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        return Relevant(owner, self.place[np.concatenate([*taken, owner[:0]])], len(queries))


@dataclass(frozen=True, slots=True)
class Ranks:
    """The rank of every relevant image, from 1, rising within a query.

    Args:
        owner: int64 ``(r,)``, rising: the query that each belongs to.
        rank: float64 ``(r,)``: expected among equals.
        count: how many queries there are.
        images: how many images were ranked.
        if_won: float64 ``(r,)``: what the rank would be if every tie were won, as many published
            figures count; ``None`` where no tie matters.
    """

    owner: Places
    rank: NDArray[np.float64]
    count: int
    images: int
    if_won: NDArray[np.float64] | None = None

    @property
    def first(self) -> NDArray[np.float64]:
        """float64 ``(count,)``: the rank of each query's best relevant image."""
        return self.rank[np.searchsorted(self.owner, np.arange(self.count))]

    def nth(self) -> NDArray[np.int64]:
        """int64 ``(r,)``: 1 for a query's best relevant image, 2 for its next, …."""
        starts = np.searchsorted(self.owner, self.owner)
        return np.arange(len(self.owner)) - starts + 1

    @staticmethod
    def concatenate(parts: Sequence["Ranks"]) -> "Ranks":
        """The ranks of consecutive blocks of queries as one."""
        offsets = np.cumsum([0, *(part.count for part in parts)])
        owners = [part.owner + at for part, at in zip(parts, offsets[:-1], strict=True)]
        return Ranks(
            np.concatenate(owners),
            np.concatenate([part.rank for part in parts]),
            int(offsets[-1]),
            parts[0].images,
            np.concatenate([part.rank if part.if_won is None else part.if_won for part in parts]),
        )

    def ties_won(self) -> "Ranks | None":
        """The ranks if every tie were won, or ``None`` if that changes nothing."""
        if self.if_won is None or np.array_equal(self.if_won, self.rank):
            return None
        return Ranks(self.owner, self.if_won, self.count, self.images)


def ranks_in(scores: ScoreRows, relevant: Relevant) -> Ranks:
    """Rank each query's relevant images by the scores of all images.

    Raises:
        InputError: a score is not a number.
    """
    if np.isnan(scores).any():
        raise InputError("A score is not a number; whatever gave it is broken.")
    values = scores[relevant.owner, relevant.place]
    above, equal = _count_above_and_equal(scores, relevant.owner, values)
    order = np.lexsort((above, relevant.owner))
    owner, above, equal = relevant.owner, above[order], equal[order]
    nth, size = _among_equals(owner, above)
    rank = above + nth * (equal + 1) / (size + 1)
    return Ranks(owner, rank, relevant.count, scores.shape[1], (above + nth).astype(np.float64))


def blocks(count: int, size: int = BLOCK) -> Iterator[Places]:
    """Consecutive places, ``size`` at a time, ``count`` in all."""
    return (np.arange(at, min(at + size, count)) for at in range(0, count, size))


def _count_above_and_equal(
    scores: ScoreRows, owner: Places, values: ScoreRows
) -> tuple[Places, Places]:
    """Count the scores in its row that are above each value, and those equal to it (itself too)."""
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


def _among_equals(owner: Places, above: Places) -> tuple[Places, Places]:
    """Which one each is of its query's relevant images with the same score, and how many they are.

    Of e equals, r of them relevant, the j-th relevant is expected j·(e+1)/(r+1) places in.
    """
    key = np.stack([owner, above], axis=1)
    _, start, group, size = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    group = group.reshape(-1)
    return np.arange(len(owner)) - start[group] + 1, size[group]
