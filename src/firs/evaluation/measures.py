"""The ranks of relevant images, and the measures of the field that are computed from them.

**Ranks.** An image that shares its score with others could have any of several ranks, so it gets
the rank that it would have on average if the equal ones were shuffled. Neither the order in which
images were added nor the direction of a comparison can then favour a method.

**Measures.** Names are as the field writes them: ``R@10``, ``P@10``, ``median_rank``,
``mean_rank``, ``MRR``, ``mAP``, ``nDCG``, ``nDCG@10``. A measure gives one value per query; its
summary over the queries is the mean, or the median for ``median_rank``. ``R@K``, as image retrieval
uses it, is the share of queries with a relevant image among the first K (``trec_eval`` calls it
success), in per cent.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError

Indices: TypeAlias = NDArray[np.int64]
"""int64, positions counted from 0 in a data set's list of images or of captions."""

ScoreRows: TypeAlias = NDArray[np.float32]
"""float32 ``(b, n)``: the scores of all ``n`` images for ``b`` queries, higher is better."""

Values: TypeAlias = NDArray[np.float64]
"""float64 ``(queries,)``."""

Progress: TypeAlias = Callable[[str, int, int], None]
"""Called with the name of the current step, the number of finished items, and of all items."""

EQUAL = 1e-6
"""Scores no further apart than this are equal: a float32 product depends that much on its order."""

BLOCK = 256
"""Queries at a time: a block of scores over 36,014 images takes 37 MB."""

STANDARD = ("R@1", "R@5", "R@10", "median_rank", "mean_rank", "MRR", "mAP", "nDCG")


@dataclass(frozen=True, slots=True)
class Relevant:
    """The relevant images of each query, as pairs of a query and an image.

    Args:
        query: int64 ``(r,)``, rising: the query of each of the ``r`` pairs.
        image: int64 ``(r,)``: its image.
        count: number of queries; each has at least one image.
    """

    query: Indices
    image: Indices
    count: int

    @classmethod
    def single(cls, images: Indices) -> "Relevant":
        """Return pairs of one image per query: ``images`` int64 ``(q,)``."""
        return cls(np.arange(len(images)), np.asarray(images, dtype=np.int64), len(images))

    @classmethod
    def lists(cls, lists: Sequence[Sequence[int] | Indices]) -> "Relevant":
        """Return pairs of any number of images per query.

        Raises:
            InputError: a query has none.
        """
        lengths = np.array([len(images) for images in lists], dtype=np.int64)
        if np.any(lengths == 0):
            raise InputError(
                f"Query {int(np.argmin(lengths))} has no relevant image; leave it out."
            )
        flat = np.array([image for images in lists for image in images], dtype=np.int64)
        return cls(np.repeat(np.arange(len(lists)), lengths), flat, len(lists))

    def of(self, queries: Indices) -> "Relevant":
        """Return the pairs of some of the queries, numbered again in the given order."""
        starts = np.searchsorted(self.query, queries, side="left")
        ends = np.searchsorted(self.query, queries, side="right")
        query = np.repeat(np.arange(len(queries)), ends - starts)
        pairs = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        return Relevant(query, self.image[np.concatenate([*pairs, query[:0]])], len(queries))


@dataclass(frozen=True, slots=True)
class Ranks:
    """The rank of every relevant image, from 1, rising within a query.

    Args:
        query: int64 ``(r,)``, rising: the query of each.
        rank: float64 ``(r,)``: expected among equals.
        count: number of queries.
        images: number of images that were ranked.
        if_won: float64 ``(r,)``: the ranks if every tie were won, as many published figures
            count; ``None`` where no tie matters.
    """

    query: Indices
    rank: Values
    count: int
    images: int
    if_won: Values | None = None

    @property
    def first(self) -> Values:
        """float64 ``(count,)``: the rank of each query's best relevant image."""
        return self.rank[np.searchsorted(self.query, np.arange(self.count))]

    def nth(self) -> Indices:
        """int64 ``(r,)``: 1 for a query's best relevant image, 2 for its next, …."""
        return _count_repeats(self.query) + 1

    @staticmethod
    def concatenate(parts: Sequence["Ranks"]) -> "Ranks":
        """Return the ranks of consecutive blocks of queries as one."""
        offsets = np.cumsum([0, *(part.count for part in parts)])
        queries = [part.query + at for part, at in zip(parts, offsets[:-1], strict=True)]
        return Ranks(
            np.concatenate(queries),
            np.concatenate([part.rank for part in parts]),
            int(offsets[-1]),
            parts[0].images,
            np.concatenate([part.rank if part.if_won is None else part.if_won for part in parts]),
        )

    def ties_won(self) -> "Ranks | None":
        """Return the ranks if every tie were won, or ``None`` if that changes nothing."""
        if self.if_won is None or np.array_equal(self.if_won, self.rank):
            return None
        return Ranks(self.query, self.if_won, self.count, self.images)


def ranks_in(scores: ScoreRows, relevant: Relevant) -> Ranks:
    """Rank each query's relevant images by the scores of all images.

    Of e images with the same score, r of them relevant, the j-th relevant one is expected
    j·(e+1)/(r+1) places after the better ones.

    Raises:
        InputError: a score is not a number.
    """
    if np.isnan(scores).any():
        raise InputError("A score is not a number; the strategy that returned it has an error.")
    query = relevant.query
    above, equal = _count_above_and_equal(scores, query, scores[query, relevant.image])
    order = np.lexsort((above, query))
    above, equal = above[order], equal[order]
    ties = np.stack([query, above], axis=1)
    _, start, tie, size = np.unique(
        ties, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    tie = tie.reshape(-1)
    nth = np.arange(len(query)) - start[tie] + 1
    rank = above + nth * (equal + 1) / (size[tie] + 1)
    return Ranks(query, rank, relevant.count, scores.shape[1], (above + nth).astype(np.float64))


def blocks(count: int, size: int = BLOCK) -> Iterator[Indices]:
    """Yield consecutive indices, ``size`` at a time, ``count`` in all."""
    return (np.arange(at, min(at + size, count)) for at in range(0, count, size))


def _count_above_and_equal(
    scores: ScoreRows, query: Indices, values: ScoreRows
) -> tuple[Indices, Indices]:
    """Count the scores in its row that are above each value, and those equal to it (itself too).

    Pairs are compared in turns with each query once at most, so that no block grows.
    """
    above, at_least = np.empty(len(query), np.int64), np.empty(len(query), np.int64)
    repeats = _count_repeats(query)
    for turn in range(int(repeats.max(initial=-1)) + 1):
        pairs = np.flatnonzero(repeats == turn)
        rows = scores if len(pairs) == len(scores) else scores[query[pairs]]
        value = values[pairs, np.newaxis]
        above[pairs] = np.count_nonzero(rows > value + EQUAL, axis=1)
        at_least[pairs] = np.count_nonzero(rows >= value - EQUAL, axis=1)
    return above, at_least - above


def _count_repeats(query: Indices) -> Indices:
    """Return for each pair how many pairs of the same query are before it."""
    return np.arange(len(query)) - np.searchsorted(query, query)


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; ``values`` gives a number per query.

    >>> measure("R@10").name
    'R@10'
    """

    name: str
    values: Callable[[Ranks], Values]
    by_median: bool = False

    def summary(self, values: Values) -> float:
        """Return the one number for all queries."""
        return float(np.median(values) if self.by_median else np.mean(values))


def measure(name: str) -> Measure:
    """Return the measure called ``name``; any K may follow an ``@``.

    Raises:
        InputError: there is no such measure.
    """
    base, _, cut = name.partition("@")
    if base in _CUT and re.fullmatch("[1-9][0-9]*", cut):
        at_cut, k = _CUT[base], int(cut)
        return Measure(name, lambda ranks: at_cut(ranks, k))
    if name in _WHOLE:
        return _WHOLE[name]
    known = ", ".join([*(f"{base}@K" for base in _CUT), *_WHOLE])
    raise InputError(f"There is no measure called {name!r}. Choose from: {known}.")


def summarise(ranks: Ranks, names: tuple[str, ...] = STANDARD) -> dict[str, float]:
    """Return every measure's summary by its name."""
    measures = [measure(name) for name in names]
    return {each.name: each.summary(each.values(ranks)) for each in measures}


def recall_curve(ranks: Ranks, up_to: int) -> list[float]:
    """Return ``R@1``, ``R@2``, … ``R@up_to``, in per cent."""
    within = np.searchsorted(np.sort(ranks.first), np.arange(1, up_to + 1), side="right")
    return [float(count) for count in within * 100 / ranks.count]


def rounds_to_success(rounds: Sequence[Ranks], k: int) -> Values:
    """Return the first round in which each query's image is at rank ``k`` or better.

    Returns:
        float64 ``(queries,)``: 0 is the first search; infinite where it never is.
    """
    reached = np.array([ranks.first <= k for ranks in rounds])
    return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)


def _recall(ranks: Ranks, k: int) -> Values:
    return np.where(ranks.first <= k, 100.0, 0.0)


def _precision(ranks: Ranks, k: int) -> Values:
    return _sums(ranks, (ranks.rank <= k) * (100.0 / k))


def _gain(ranks: Ranks, k: int) -> Values:
    """Discounted gain of 1 per relevant image, over the ideal (Järvelin and Kekäläinen, 2002)."""
    nth = ranks.nth()
    ideal = _sums(ranks, (nth <= k) / np.log2(nth + 1))
    return _sums(ranks, (ranks.rank <= k) / np.log2(ranks.rank + 1)) / ideal


def _average_precision(ranks: Ranks) -> Values:
    return _sums(ranks, ranks.nth() / ranks.rank) / np.bincount(ranks.query, minlength=ranks.count)


def _sums(ranks: Ranks, each: NDArray[np.floating]) -> Values:
    return np.asarray(np.bincount(ranks.query, each, ranks.count), dtype=np.float64)


_CUT: dict[str, Callable[[Ranks, int], Values]] = {"R": _recall, "P": _precision, "nDCG": _gain}
_WHOLE = {
    "median_rank": Measure("median_rank", lambda ranks: ranks.first, by_median=True),
    "mean_rank": Measure("mean_rank", lambda ranks: ranks.first),
    "MRR": Measure("MRR", lambda ranks: 1 / ranks.first),
    "mAP": Measure("mAP", _average_precision),
    "nDCG": Measure("nDCG", lambda ranks: _gain(ranks, ranks.images)),
}
