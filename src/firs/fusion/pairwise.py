"""Fusion by pairwise majorities: Condorcet with Copeland's count, and the Markov chain MC4.

A ranking prefers its items to missing ones. Every pair of items is compared only for the best items
by Borda count; the others follow in the order of that count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

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
class _Pairwise:
    """Base of the methods that compare pairs.

    Args:
        duels: number of items, best by Borda count, to compare in pairs; None for all.

    Raises:
        InputError: ``duels`` is below 1.
    """

    duels: int | None = DUELS
    method: ClassVar[str]

    def __post_init__(self) -> None:
        if self.duels is not None and self.duels < 1:
            raise InputError(f"duels is 1 or more, or None for all, not {self.duels}.")

    @property
    def name(self) -> str:
        """What a person types to get this fusion."""
        return describe(self.method, self)


@dataclass(frozen=True, slots=True)
class Condorcet(_Pairwise):
    """Pairwise comparisons won minus lost.

    Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785; for
    search engines Montague and Aslam, "Condorcet fusion for improved retrieval", CIKM 2002;
    Copeland, "A 'reasonable' social welfare function", 1951:

        points(d) = |{e : a majority puts d before e}| − |{e : a majority puts e before d}|

    If majorities are cyclic, a sort depends on the algorithm; this count does not.
    """

    method: ClassVar[str] = "condorcet"

    def points(self, ballots: Ballots) -> Points:
        """Return duels won minus duels lost, float64 ``(items,)``.

        Raises:
            InputError: more than ``LIMIT`` items would be compared.
        """
        return by_duels(ballots, self.duels, _copeland)


def _copeland(preferred: Majorities) -> Points:
    won: Points = preferred.sum(axis=1, dtype=np.float64)
    return won


JUMP = 0.05
"""Probability of a jump, as a share of that of a single move."""


@dataclass(frozen=True, slots=True)
class MarkovChain4(_Pairwise):
    """Stationary distribution of a chain that moves from an item to one that a majority prefers.

    Dwork, Kumar, Naor and Sivakumar, "Rank aggregation methods for the web", WWW 2001. From item d
    draw an item e of all n uniformly; move there if a majority of the rankings puts e before d,
    else stay. The scores are the stationary distribution, π = πP.

    To make π unique, the chain jumps to a random item with a small probability at each step, far
    below 1/n, the probability of any single move, so that it decides nothing else.
    """

    method: ClassVar[str] = "mc4"

    def points(self, ballots: Ballots) -> Points:
        """Return the stationary distribution, float64 ``(items,)``; below 0 for the other items.

        Raises:
            InputError: more than ``LIMIT`` items would be in the chain.
        """
        return by_duels(ballots, self.duels, _time_spent)


def _time_spent(majorities: Majorities) -> Points:
    """Return the stationary distribution by the GTH algorithm.

    Grassmann, Taksar and Heyman, "Regenerative analysis and steady state distributions for Markov
    chains", Operations Research 33, 1985. Nothing is subtracted, so nothing cancels out, and no
    linear algebra library is needed, whose threads would wait for each other on a busy machine.
    """
    count = len(majorities)
    jump = JUMP / count
    steps = (1 - jump) / count * (majorities < 0) + jump / count  # from the row to the column
    for last in range(count - 1, 0, -1):
        steps[:last, last] /= steps[last, :last].sum()
        steps[:last, :last] += steps[:last, last, np.newaxis] * steps[last, :last]
    share = np.ones(count)
    for at in range(1, count):
        share[at] = (share[:at] * steps[:at, at]).sum()
    return np.asarray(share / share.sum(), dtype=np.float64)
