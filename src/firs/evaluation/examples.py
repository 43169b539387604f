"""Queries that a strategy won or lost most clearly against the baseline."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from firs.evaluation.ranks import Places
from firs.evaluation.runner import QueryOutcomes


@dataclass(frozen=True, slots=True)
class Example:
    """One query, and what both put first; places are of images, best first."""

    query: int
    rank_before: float
    rank_after: float
    before: Places
    after: Places

    @property
    def is_win(self) -> bool:
        """Whether the image that was meant rose."""
        return self.rank_after < self.rank_before


def wins_and_losses(
    baseline: QueryOutcomes, other: QueryOutcomes, groups: Places, count: int
) -> tuple[list[Example], list[Example]]:
    """Up to ``count`` queries won and as many lost, the clearest first, one an image.

    What counts is by what factor the rank changed: from 40 to 1 is clearer than from 900 to 800.

    Args:
        baseline: of what the other is compared with.
        other: the strategy.
        groups: int64 ``(queries,)``, the image that each query was written of.
        count: how many of either.
    """
    ratio = np.log(baseline.rounds[-1].first) - np.log(other.rounds[-1].first)
    order = np.argsort(-ratio, kind="stable")
    won = _one_an_image(order[ratio[order] > 0], groups)
    lost = _one_an_image(order[::-1][ratio[order[::-1]] < 0], groups)
    return (
        [_example(query, baseline, other) for query, _ in zip(won, range(count), strict=False)],
        [_example(query, baseline, other) for query, _ in zip(lost, range(count), strict=False)],
    )


def _one_an_image(queries: Places, groups: Places) -> Iterator[int]:
    seen: set[int] = set()
    for query in queries:
        if int(groups[query]) not in seen:
            seen.add(int(groups[query]))
            yield int(query)


def _example(query: int, baseline: QueryOutcomes, other: QueryOutcomes) -> Example:
    return Example(
        query,
        float(baseline.rounds[-1].first[query]),
        float(other.rounds[-1].first[query]),
        baseline.places[query],
        other.places[query],
    )
