"""The measures of the field, each from the ranks of the relevant images.

Names are as the field writes them: ``R@10``, ``P@10``, ``median_rank``, ``mean_rank``, ``MRR``,
``mAP``, ``nDCG``, ``nDCG@10``. A measure gives one value a query; its summary over the queries
is the mean, or the median for ``median_rank``. ``R@K``, as image retrieval uses it, is the share
of queries with a relevant image among the first K (``trec_eval`` calls it success), in per cent.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.evaluation.ranks import Ranks

Values: TypeAlias = NDArray[np.float64]
"""float64 ``(queries,)``."""

STANDARD = ("R@1", "R@5", "R@10", "median_rank", "mean_rank", "MRR", "mAP", "nDCG")


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure; ``values`` gives a number a query, ``better`` is +1 if higher is better.

    >>> measure("R@10").name
    'R@10'
    """

    name: str
    values: Callable[[Ranks], Values]
    better: int
    by_median: bool = False

    def summary(self, values: Values) -> float:
        """The one number for all queries."""
        return float(np.median(values) if self.by_median else np.mean(values))


def measure(name: str) -> Measure:
    """The measure called ``name``; any K may follow an ``@``.

    Raises:
        InputError: there is no such measure.
    """
    base, _, cut = name.partition("@")
    if base in _CUT and re.fullmatch("[1-9][0-9]*", cut):
        at_cut, k = _CUT[base], int(cut)
        return Measure(name, lambda ranks: at_cut(ranks, k), better=1)
    if name in _WHOLE:
        return _WHOLE[name]
    known = ", ".join([*(f"{base}@K" for base in _CUT), *_WHOLE])
    raise InputError(f"There is no measure called {name!r}. Choose from: {known}.")


def summarise(ranks: Ranks, names: tuple[str, ...] = STANDARD) -> dict[str, float]:
    """Every measure's summary by its name."""
    measures = [measure(name) for name in names]
    return {each.name: each.summary(each.values(ranks)) for each in measures}


def recall_curve(ranks: Ranks, up_to: int) -> list[float]:
    """``R@1``, ``R@2``, … ``R@up_to``, in per cent."""
    within = np.searchsorted(np.sort(ranks.first), np.arange(1, up_to + 1), side="right")
    return [float(count) for count in within * 100 / ranks.count]


def rounds_to_success(rounds: Sequence[Ranks], k: int) -> Values:
    """The first round in which each query's image is at rank ``k`` or better.

    Returns:
        float64 ``(queries,)``: 0 is the first search; infinite where it never did.
    """
    reached = np.array([ranks.first <= k for ranks in rounds])
    return np.where(reached.any(axis=0), reached.argmax(axis=0), np.inf)


def _recall(ranks: Ranks, k: int) -> Values:
    return np.where(ranks.first <= k, 100.0, 0.0)


def _precision(ranks: Ranks, k: int) -> Values:
    return _sums(ranks, (ranks.rank <= k) * (100.0 / k))


def _gain(ranks: Ranks, k: int) -> Values:
    """Discounted gain of 1 a relevant image, over the ideal (Järvelin and Kekäläinen, 2002)."""
    found = _sums(ranks, (ranks.rank <= k) / np.log2(ranks.rank + 1))
    nth = ranks.nth()
    ideal = _sums(ranks, (nth <= k) / np.log2(nth + 1))
    return found / ideal


def _average_precision(ranks: Ranks) -> Values:
    nth = ranks.nth()
    return _sums(ranks, nth / ranks.rank) / np.bincount(ranks.owner, minlength=ranks.count)


def _sums(ranks: Ranks, each: NDArray[np.floating]) -> Values:
    return np.asarray(np.bincount(ranks.owner, each, ranks.count), dtype=np.float64)


_CUT: dict[str, Callable[[Ranks, int], Values]] = {
    "R": _recall,
    "P": _precision,
    "nDCG": _gain,
}
_WHOLE = {
    "median_rank": Measure("median_rank", lambda ranks: ranks.first, better=-1, by_median=True),
    "mean_rank": Measure("mean_rank", lambda ranks: ranks.first, better=-1),
    "MRR": Measure("MRR", lambda ranks: 1 / ranks.first, better=1),
    "mAP": Measure("mAP", _average_precision, better=1),
    "nDCG": Measure("nDCG", lambda ranks: _gain(ranks, ranks.images), better=1),
}
