"""How much of what an exact search finds an index finds too, with confidence."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firs.index.base import Entries, Index, Scores, check_queries
from firs.index.entries import some_half_rows
from firs.index.mapped import index_rows

DEPTHS = (1, 10, 100)
_CLOSE = 1e-3
"""Half precision moves a cosine so much; what scores as well as the last is as right as that."""

_Z = 1.96


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 with its 95 % confidence interval."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.share:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True)
class Certificate:
    """Result of a comparison of an index with exact search.

    Args:
        kind: of the index.
        entries: number of entries.
        revision: of the embeddings at that time.
        made: time of the check, in UTC.
        queries: number of queries of each type.
        recall: type of query → k → recall at k.
    """

    kind: str
    entries: int
    revision: int
    made: str
    queries: Mapping[str, int]
    recall: Mapping[str, Mapping[str, Share]]

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return the certificate stored as JSON."""
        recall = {
            sort: {depth: Share(**share) for depth, share in shares.items()}
            for sort, shares in kept["recall"].items()
        }
        return cls(**{**kept, "recall": recall})

    def lines(self) -> list[str]:
        """A line for each sort of query, for people."""
        return [
            f"by {self.queries[sort]} {sort}: "
            + ", ".join(f"recall@{depth} {share}" for depth, share in shares.items())
            for sort, shares in self.recall.items()
        ]


def verify_index(
    kind: str,
    index: Index,
    entries: Entries,
    requested: Mapping[str, NDArray[np.float32]],
    revision: int,
) -> Certificate:
    """Measure the recall of an index against the scores of all its entries.

    Args:
        kind: of the index.
        index: over the entries.
        entries: read in batches, once.
        requested: type of query → float32 ``(q, dim)``.
        revision: of the embeddings.

    Raises:
        InputError: a query has another dimension, is zero or not finite.
    """
    unit = {sort: check_queries(queries, entries.dim) for sort, queries in requested.items()}
    best = _best_scores(entries, np.concatenate(list(unit.values())))
    ends = np.cumsum([len(queries) for queries in unit.values()])[:-1]
    return Certificate(
        kind=kind,
        entries=len(entries),
        revision=revision,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        queries={sort: len(queries) for sort, queries in requested.items()},
        recall={
            sort: _recall(index, queries, exact)
            for (sort, queries), exact in zip(unit.items(), np.split(best, ends), strict=True)
        },
    )


def _best_scores(entries: Entries, unit: NDArray[np.float32]) -> Scores:
    """The highest scores of all entries for every query, falling: ``(q, DEPTHS[-1])`` or fewer."""
    best: Scores = np.empty((len(unit), 0), dtype=np.float32)
    for ids, vectors in entries.parts():
        rows = some_half_rows(vectors, ids)
        found, _ = index_rows(rows).search(unit, min(DEPTHS[-1], len(rows)))
        best = -np.sort(-np.hstack([best, found]), axis=1)[:, : DEPTHS[-1]]
    return best


def _recall(index: Index, unit: NDArray[np.float32], best: Scores) -> dict[str, Share]:
    shares = {}
    for depth in sorted({min(depth, best.shape[1]) for depth in DEPTHS}):
        _, found = index.search(unit, depth)
        last = best[:, depth - 1 : depth]
        right = np.count_nonzero(found >= last - _CLOSE)
        shares[str(depth)] = wilson(right / (len(unit) * depth), len(unit))
    return shares


def wilson(share: float, count: int) -> Share:
    """The share with its 95 % interval (Wilson, "Probable inference", JASA 22, 1927).

    >>> print(wilson(1.0, 200))
    1.000 (0.981 to 1.000)
    """
    middle = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    spread = share * (1 - share) / count + _Z**2 / (4 * count**2)
    reach = _Z * float(np.sqrt(spread)) / (1 + _Z**2 / count)
    return Share(share, max(0.0, middle - reach), min(1.0, middle + reach))
