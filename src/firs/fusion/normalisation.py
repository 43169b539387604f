"""Scores of different lists on one scale, so that they can be added and compared.

Each normalisation gives every list's scores and its floor, the score of what it does not hold: no
better than its last.

* ``min-max``: (s − min) / (max − min), the floor is 0 (Lee, "Analyses of multiple evidence
  combination", SIGIR 1997). Where all scores of a list are equal each is 1.
* ``z-score``: (s − mean) / standard deviation, the floor is the list's lowest (Montague and
  Aslam, "Relevance score normalization for metasearch", CIKM 2001). Where all are equal each is 0.
* ``rank``: 1 − (rank − 1) / length, the floor is 0 (Lee, 1997; Renda and Straccia, "Web
  metasearch: rank vs. score based rank aggregation methods", SAC 2003).
"""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.fusion.ballots import Ballots

Normalisation: TypeAlias = Literal["min-max", "z-score", "rank"]

Normalised: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Scores ``(lists, items)``, the floor where an item is missing, and the floors ``(lists, 1)``."""


def normalise(ballots: Ballots, how: Normalisation) -> Normalised:
    """The scores of each list on one scale.

    Raises:
        InputError: there is no such normalisation.
    """
    if how not in _NORMALISATIONS:
        raise InputError(
            f"There is no normalisation {how!r}. Choose one of: {', '.join(_NORMALISATIONS)}."
        )
    scores, floor = _NORMALISATIONS[how](ballots)
    return np.where(ballots.present, scores, floor), floor


def lowest(ballots: Ballots) -> NDArray[np.float64]:
    """The lowest score of each list, float64 ``(lists, 1)``; 0 for an empty one."""
    low = np.where(ballots.present, ballots.scores, np.inf).min(axis=1, keepdims=True)
    return np.where(np.isfinite(low), low, 0.0)


def _min_max(ballots: Ballots) -> Normalised:
    low = lowest(ballots)
    above = ballots.scores - low
    reach = np.where(ballots.present, above, 0.0).max(axis=1, keepdims=True)
    scores = np.divide(above, reach, out=np.ones_like(above), where=reach > 0)
    return scores, np.zeros_like(low)


def _z_score(ballots: Ballots) -> Normalised:
    counts = np.maximum(ballots.lengths, 1)[:, np.newaxis]
    mean = ballots.scores.sum(axis=1, keepdims=True) / counts
    apart = np.where(ballots.present, ballots.scores - mean, 0.0)
    deviation = np.sqrt((apart**2).sum(axis=1, keepdims=True) / counts)
    scores = np.divide(apart, deviation, out=np.zeros_like(apart), where=deviation > 0)
    return scores, scores.min(axis=1, keepdims=True)


def _rank(ballots: Ballots) -> Normalised:
    lengths = np.maximum(ballots.lengths, 1)[:, np.newaxis]
    return 1 - (ballots.ranks - 1) / lengths, np.zeros(lengths.shape)


_NORMALISATIONS = {"min-max": _min_max, "z-score": _z_score, "rank": _rank}
