"""Condorcet fusion: pairwise majorities with Copeland's count.

Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785; for search
engines Montague and Aslam, "Condorcet fusion for improved retrieval", CIKM 2002; Copeland, "A
'reasonable' social welfare function", 1951:

    points(d) = |{e : a majority puts d before e}| − |{e : a majority puts e before d}|

If majorities are cyclic, a sort depends on the algorithm; this count does not. A ranking prefers
its items to missing ones. Pairs are compared for the best items by Borda count only; see
``firs.fusion.condorcet``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.positional import Borda
from firs.registry import describe

DUELS = 100
"""Default number of items to compare pairwise."""

LIMIT = 5_000
"""Items; every pair is compared, and beyond this the table takes over 200 MB."""

Majorities: TypeAlias = NDArray[np.int8]
"""int8 ``(items, items)``, antisymmetric: 1 if the first is preferred, −1 the second, 0 neither."""

_EQUAL = 1e-9


def check_duels(duels: int | None) -> None:
    """Refuse a number of items that cannot fight.

    Raises:
        InputError: it is below 1.
    """
    if duels is not None and duels < 1:
        raise InputError(f"Duels are fought among 1 item or more, or None for all, not {duels}.")


def by_duels(ballots: Ballots, duels: int | None, judge: Callable[[Majorities], Points]) -> Points:
    """Return the scores of the best items by pairwise comparison; the others follow by Borda count.

    Args:
        ballots: ranks and scores of the rankings.
        duels: number of items to compare, None for all.
        judge: function from majorities ``(n, n)`` to scores ``(n,)``.

    Returns:
        float64 ``(items,)``.

    Raises:
        InputError: more than ``LIMIT`` items would be compared.
    """
    worth = Borda().points(ballots).astype(np.float32)  # what differs by rounding is equal
    fighters = np.sort(np.argsort(-worth, kind="stable")[:duels])
    judged = judge(majorities(ballots, fighters))
    _, behind = np.unique(-worth, return_inverse=True)
    points = judged.min(initial=0) - 1.0 - behind
    points[fighters] = judged
    return np.asarray(points, dtype=np.float64)


def majorities(ballots: Ballots, among: NDArray[np.int64] | None = None) -> Majorities:
    """Return the preference of the weighted majority for each pair of items.

    A ranking prefers its items to missing ones, and has no preference between two missing items.

    Args:
        ballots: ranks and scores of the rankings.
        among: int64 ``(n,)``, columns to compare; default all.

    Returns:
        int8 ``(n, n)``.

    Raises:
        InputError: there are more than ``LIMIT`` items.
    """
    ranks = (ballots.places if among is None else ballots.places[:, among]).astype(np.int32)
    count = ranks.shape[1]
    if count > LIMIT:
        raise InputError(
            f"Comparing every pair works for up to {LIMIT:,} images, not {count:,}; "
            f"let fewer fight duels, fuse shorter lists, or choose log_vote or rrf."
        )
    ahead = np.zeros((count, count))
    for weight, places in zip(ballots.weights, ranks, strict=True):
        ahead += weight * (places[:, np.newaxis] < places)
    enough = _EQUAL * np.abs(ballots.weights).sum()  # 0.1 + 0.2 against 0.3 is no majority
    first: Majorities = (ahead - ahead.T > enough).view(np.int8)
    return first - first.T


@dataclass(frozen=True, slots=True)
class Condorcet:
    """Pairwise comparisons won minus lost.

    Args:
        duels: number of items, best by Borda count, to compare pairwise; None for all.

    Raises:
        InputError: ``duels`` is below 1.
    """

    duels: int | None = DUELS

    def __post_init__(self) -> None:
        check_duels(self.duels)

    @property
    def name(self) -> str:
        return describe("condorcet", self)

    def points(self, ballots: Ballots) -> Points:
        """Duels won less duels lost, float64 ``(items,)``.

        Raises:
            InputError: more than ``firs.fusion.condorcet.LIMIT`` items are to fight.
        """
        return by_duels(ballots, self.duels, _copeland)


def _copeland(preferred: Majorities) -> Points:
    won: Points = preferred.sum(axis=1, dtype=np.float64)
    return won
