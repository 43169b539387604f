"""Calibrated search where the images are far away: only those that can come in are looked at.

A calibration takes a bias off the score of each image (see ``firs.calibration.hubness``):

    s(v) = q·v − b(v) + mean(b),   b(v) = w · mean of the k greatest t·v, over the texts t of a bank

Most of a bias is told by a direction d, close to the mean text of the bank: b(v) = d·v + r(v), and
the residual r varies little. So an index that is asked for q − d gives all of the score but that:

    s(v) = (q − d)·v − r(v) + mean(b)

Residuals are looked up from the best image down, as far as the lowest residual could lift one into
the result.
"""

from typing import NamedTuple, Protocol

import numpy as np

from firs.index.base import Ids, Scores
from firs.search.searcher import Scored, Vector

_FEWEST, _TIMES, _DEEPER = 200, 8, 4
"""Images that an index is asked for: at least so many, or so many times the results; if that was
not deep enough, so many times as many."""


class Found(NamedTuple):
    """The best images by their calibrated scores, and all those that the index gave.

    Of those that cannot be among the best the scores are estimated, by the mean residual.
    """

    best: Scored
    candidates: Scored


class Residuals(Protocol):
    """A calibration, with the part of single images' biases that its direction does not explain."""

    @property
    def direction(self) -> Vector:
        """d: float32 ``(dim,)``."""

    @property
    def mean_bias(self) -> float:
        """The mean bias of all images."""

    @property
    def mean(self) -> float:
        """The mean residual."""

    @property
    def high(self) -> float:
        """A residual than which most images have a lower one."""

    @property
    def lowest(self) -> float:
        """A residual than which hardly any image has a lower one."""

    def search(self, query: Vector, text: Vector, count: int, subset: Ids | None) -> Scored:
        """The ``count`` images with the highest cosines to a query that a text was turned into.

        Args:
            query: float32 ``(dim,)`` of length 1.
            text: float32 ``(dim,)``, what it was made of.
            count: how many; fewer where there are fewer.
            subset: int64 ``(n,)``, those that may be found; all without it.
        """

    def of(self, ids: Ids) -> tuple[Scores, Scores]:
        """The lengths of some images' vectors, and their residuals: float32 ``(n,)`` each.

        NaN for images that have no vector.
        """


def nearest_calibrated(
    residuals: Residuals, text: Vector, k: int, subset: Ids | None = None
) -> Found:
    """Find the ``k`` images with the highest calibrated scores for a text.

    Args:
        residuals: of the calibration, and what is searched.
        text: float32 ``(dim,)`` of length 1.
        k: how many; fewer where there are fewer.
        subset: int64 ``(n,)``, those that may be found; all without it.
    """
    moved = text - residuals.direction
    length = np.linalg.norm(moved)
    count = max(_FEWEST, _TIMES * k)
    while True:
        ids, cosines = residuals.search(moved / length, text, count, subset)
        found, is_deep_enough = _rescore(residuals, ids, cosines * length, k)
        if is_deep_enough or len(ids) < count:
            return found
        count *= _DEEPER


def _rescore(residuals: Residuals, ids: Ids, products: Scores, k: int) -> tuple[Found, bool]:
    """Score images again, and return whether no other image can be among the best."""
    scores = products + np.float32(residuals.mean_bias - residuals.mean)
    best, reach = np.empty(0, dtype=np.int64), 0
    needed = _reach(residuals, products, k, products[:k] - residuals.high)
    while needed > reach:
        reach = needed
        lengths, rests = residuals.of(ids[:reach])
        scores[:reach] = products[:reach] * lengths - rests + np.float32(residuals.mean_bias)
        there = np.flatnonzero(np.isfinite(scores[:reach]))
        best = there[np.lexsort((ids[there], -scores[there]))][:k]
        needed = _reach(residuals, products, k, scores[best] - residuals.mean_bias)
    known = np.isfinite(scores)
    found = Found((ids[best], scores[best]), (ids[known], scores[known]))
    return found, needed < len(ids)


def _reach(residuals: Residuals, products: Scores, k: int, best: Scores) -> int:
    """How many products could, less the lowest residual, come to the last of the k best scores."""
    if len(best) < k:
        return len(products)
    return int(np.searchsorted(-products, -(best[-1] + residuals.lowest), side="right"))
