"""Condorcet's pairwise majorities, counted as Copeland counts them.

Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785; for search
engines Montague and Aslam, "Condorcet fusion for improved retrieval", CIKM 2002; Copeland, "A
'reasonable' social welfare function", 1951:

    points(d) = |{e : a majority puts d before e}| − |{e : a majority puts e before d}|

Where majorities go round in a circle, sorting by them depends on the sort; this count does not.
A list prefers what it holds to what it does not. Duels are fought among the best items by Borda's
count; see ``firs.fusion.majority``.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.majority import DUELS, Majorities, by_duels, check_duels


@dataclass(frozen=True, slots=True)
class Condorcet:
    """Duels won less duels lost; whoever wins all duels comes first.

    Args:
        duels: how many of the best items by Borda's count fight; None for all.
        name: what a person types.

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
