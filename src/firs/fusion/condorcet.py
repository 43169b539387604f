"""Condorcet's pairwise majorities, counted as Copeland counts them.

Condorcet, "Essai sur l'application de l'analyse à la probabilité des décisions", 1785; for search
engines Montague and Aslam, "Condorcet fusion for improved retrieval", CIKM 2002; Copeland, "A
'reasonable' social welfare function", 1951:

    points(d) = |{e : a majority puts d before e}| − |{e : a majority puts e before d}|

Where majorities go round in a circle, sorting by them depends on the sort; this count does not.
A list prefers what it holds to what it does not.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.majority import majorities


@dataclass(frozen=True, slots=True)
class Condorcet:
    """Duels won less duels lost; whoever wins all duels comes first."""

    name: str = "condorcet"

    def points(self, ballots: Ballots) -> Points:
        """Duels won less duels lost, float64 ``(items,)``.

        Raises:
            InputError: there are more than ``firs.fusion.majority.LIMIT`` items.
        """
        won: Points = majorities(ballots).sum(axis=1, dtype=np.float64)
        return won
