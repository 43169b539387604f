"""Which of two items does the weighted majority of lists put first?

Comparing every pair takes time and memory that grow with the square of the items. Of long lists
only the first page is looked at, so duels are fought among the best few hundred, as Borda counts
them, and the others follow in Borda's order. An item that every list puts before another has more
of Borda's points too, so no such order is lost.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.fusion.ballots import Ballots
from firs.fusion.base import Points
from firs.fusion.borda import Borda

DUELS = 100
"""Items that fight duels, unless another number is asked for."""

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
    """What the best items deserve by their duels; the others stand below, as Borda has them.

    Args:
        ballots: what the lists say.
        duels: how many fight, None for all.
        judge: majorities ``(n, n)`` → points ``(n,)``.

    Returns:
        float64 ``(items,)``.

    Raises:
        InputError: more than ``LIMIT`` items are to fight.
    """
    worth = Borda().points(ballots).astype(np.float32)  # what differs by rounding is equal
    fighters = np.sort(np.argsort(-worth, kind="stable")[:duels])
    judged = judge(majorities(ballots, fighters))
    _, behind = np.unique(-worth, return_inverse=True)
    points = judged.min(initial=0) - 1.0 - behind
    points[fighters] = judged
    return np.asarray(points, dtype=np.float64)


def majorities(ballots: Ballots, among: NDArray[np.int64] | None = None) -> Majorities:
    """Whom the majority prefers, for each pair of items.

    A list prefers what it holds to what it does not, and is silent on two that it does not hold.

    Args:
        ballots: what the lists say.
        among: int64 ``(n,)``, the columns to compare; all without it.

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
