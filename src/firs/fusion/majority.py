"""Which of two items does the weighted majority of lists put first?"""

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.fusion.ballots import Ballots

LIMIT = 5_000
"""Items; every pair is compared, and beyond this the table takes over 200 MB."""

_EQUAL = 1e-9


def majorities(ballots: Ballots) -> NDArray[np.int8]:
    """For each pair of items: 1 if the first is preferred, −1 if the second, 0 if neither.

    A list prefers what it holds to what it does not, and is silent on two that it does not hold.

    Returns:
        int8 ``(items, items)``, antisymmetric.

    Raises:
        InputError: there are more than ``LIMIT`` items.
    """
    count = len(ballots.ids)
    if count > LIMIT:
        raise InputError(
            f"Comparing every pair works for up to {LIMIT:,} images, not {count:,}; "
            f"fuse shorter lists, or choose log_vote or rrf."
        )
    margin = np.zeros((count, count))
    for weight, places in zip(ballots.weights, ballots.places.astype(np.int32), strict=True):
        ahead = places[:, np.newaxis] < places
        margin += weight * (ahead.view(np.int8) - ahead.T.view(np.int8))
    enough = _EQUAL * np.abs(ballots.weights).sum()  # 0.1 + 0.2 against 0.3 is no majority
    first: NDArray[np.int8] = (margin > enough).view(np.int8)
    return first - first.T
