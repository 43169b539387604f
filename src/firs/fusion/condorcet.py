"""Condorcet fusion: pairwise majorities with Copeland's count.

Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785; for search
engines Montague and Aslam, "Condorcet fusion for improved retrieval", CIKM 2002; Copeland, "A
'reasonable' social welfare function", 1951:

    points(d) = |{e : a majority puts d before e}| − |{e : a majority puts e before d}|

If majorities are cyclic, a sort depends on the algorithm; this count does not. A ranking prefers
its items to missing ones. Pairs are compared for the best items by Borda count only; see
``firs.fusion.majority``.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.majority import DUELS, Majorities, by_duels, check_duels


@dataclass(frozen=True, slots=True)
class Condorcet:
    """Pairwise comparisons won minus lost.

    Args:
        duels: number of items, best by Borda count, to compare pairwise; None for all.
        name: name in the registry.

    Raises:
        InputError: ``duels`` is below 1.
    """

    duels: int | None = DUELS
    name: str = "condorcet"

    def __post_init__(self) -> None:
        check_duels(self.duels)

    def points(self, ballots: Ballots) -> Points:
        """Duels won less duels lost, float64 ``(items,)``.

        Raises:
            InputError: more than ``firs.fusion.majority.LIMIT`` items are to fight.
        """
        return by_duels(ballots, self.duels, _copeland)


def _copeland(preferred: Majorities) -> Points:
    won: Points = preferred.sum(axis=1, dtype=np.float64)
    return won
