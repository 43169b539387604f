"""MC4: a walk that goes from an item to another whenever the majority prefers the other.

Dwork, Kumar, Naor and Sivakumar, "Rank aggregation methods for the web", WWW 2001. From item d
draw an item e of all n with equal chances; go there if a majority of the lists puts e before d,
else stay. The points are the share of time spent at each item, π = πP.

So that one π exists whatever the majorities are, the walk jumps anywhere with a small probability
at each step. It is far below 1/n, that of any single move, and so decides nothing else. A list
prefers what it holds to what it does not. The walk is among the best items by Borda's count; see
``firs.fusion.majority``.
"""

from dataclasses import dataclass

import numpy as np

from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.majority import DUELS, Majorities, by_duels, check_duels

JUMP = 0.05
"""Probability of a jump, as a share of that of a single move."""


@dataclass(frozen=True, slots=True)
class MarkovChain4:
    """The share of time that a walk towards the preferred spends at each item.

    Args:
        duels: how many of the best items by Borda's count are walked among; None for all.
        name: what a person types.

    Raises:
        InputError: ``duels`` is below 1.
    """

    duels: int | None = DUELS
    name: str = "mc4"

    def __post_init__(self) -> None:
        check_duels(self.duels)

    def points(self, ballots: Ballots) -> Points:
        """The walk's stationary distribution, float64 ``(items,)``; below 0 for the others.

        Raises:
            InputError: more than ``firs.fusion.majority.LIMIT`` items are to be walked among.
        """
        return by_duels(ballots, self.duels, _time_spent)


def _time_spent(majorities: Majorities) -> Points:
    """The stationary distribution, by leaving out one item after the other and going back.

    Grassmann, Taksar and Heyman, "Regenerative analysis and steady state distributions for Markov
    chains", Operations Research 33, 1985. Nothing is subtracted, so nothing cancels out; and it
    needs no linear algebra library, whose threads would wait for each other on a busy machine.
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
