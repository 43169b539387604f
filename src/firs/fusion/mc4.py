"""MC4: a Markov chain that moves from an item to another if the majority prefers the other.

Dwork, Kumar, Naor and Sivakumar, "Rank aggregation methods for the web", WWW 2001. From item d draw
an item e of all n uniformly; move there if a majority of the rankings puts e before d, else stay.
The scores are the stationary distribution, π = πP.

To make π unique, the chain jumps to a random item with a small probability at each step, far below
1/n, the probability of any single move, so that it decides nothing else. A ranking prefers its
items to missing ones. Only the best items by Borda count are compared; see
``firs.fusion.condorcet``.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.condorcet import DUELS, Majorities, by_duels, check_duels
from firs.registry import describe

JUMP = 0.05
"""Probability of a jump, as a share of that of a single move."""


@dataclass(frozen=True, slots=True)
class MarkovChain4:
    """Stationary distribution of the MC4 Markov chain.

    Args:
        duels: number of items, best by Borda count, in the chain; None for all.

    Raises:
        InputError: ``duels`` is below 1.
    """

    duels: int | None = DUELS

    def __post_init__(self) -> None:
        check_duels(self.duels)

    @property
    def name(self) -> str:
        return describe("mc4", self)

    def points(self, ballots: Ballots) -> Points:
        """Return the stationary distribution, float64 ``(items,)``; below 0 for the other items.

        Raises:
            InputError: more than ``firs.fusion.condorcet.LIMIT`` items would be in the chain.
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
