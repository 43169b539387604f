"""Pseudo feedback: nobody marks anything; the best are taken for right, the worst for wrong.

As QT-FIRS's paper has it, after Croft and Harper, "Using probabilistic models of document
retrieval without relevance information", Journal of Documentation 35, 1979: the best P images
of a ranking are positive and its worst P are negative.
"""

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError


def extremes(
    scores: NDArray[np.float32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The best and the worst of each ranking.

    Of equal scores the one in the earlier column ranks higher, as in every ranking.

    Args:
        scores: float32 ``(q, n)``, of all ``n`` images for each query.
        count: P, how many of either.

    Returns:
        Columns int64 ``(q, count)`` of the best, best first, and of the worst, worst first.

    Raises:
        InputError: ``count`` is below 1, or there are not twice as many images.
    """
    if not 1 <= count <= scores.shape[1] // 2:
        raise InputError(
            f"Pseudo feedback takes the best and the worst P of {scores.shape[1]} images; "
            f"P must be from 1 to {scores.shape[1] // 2}, not {count}."
        )
    backwards = scores.shape[1] - 1 - best(-scores[:, ::-1], count)
    return best(scores, count), backwards


def best(scores: NDArray[np.float32], count: int) -> NDArray[np.int64]:
    """Columns int64 ``(q, count)`` of the highest scores, best first, of equals the earlier.

    Args:
        scores: float32 ``(q, n)``.
        count: from 1 to ``n``.
    """
    at = scores.shape[1] - count
    bound = np.partition(scores, at, axis=1)[:, at, np.newaxis]
    above = np.count_nonzero(scores > bound, axis=1)
    equals = scores == bound
    room = np.cumsum(equals, axis=1, dtype=np.int32) <= (count - above)[:, np.newaxis]
    _, taken = np.nonzero((scores > bound) | equals & room)
    columns = taken.reshape(len(scores), count)
    order = np.argsort(-np.take_along_axis(scores, columns, axis=1), axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1)
