"""Ballots: the ranks and scores of several rankings as one table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.ranking import Ranking


@dataclass(frozen=True, slots=True)
class Ballots:
    """One row per ranking, one column per item.

    Args:
        ids: int64 ``(items,)``, ascending ids of all items of all rankings.
        ranks: int64 ``(lists, items)``: from 1; 0 if the ranking lacks the item.
        scores: float64 ``(lists, items)``; 0 if the ranking lacks the item.
        weights: float64 ``(lists,)``; negative to count against.
    """

    ids: NDArray[np.int64]
    ranks: NDArray[np.int64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, rankings: Sequence[Ranking], weights: Sequence[float] | None = None) -> "Ballots":
        """The table of some rankings.

        Raises:
            InputError: there are no rankings, the weights do not fit, are not finite or are all
                0, or a score is not finite.
        """
        if not rankings:
            raise InputError("There is nothing to fuse; pass one ranking or more.")
        checked = _check_weights(weights, len(rankings))
        lengths = [len(ranking) for ranking in rankings]
        ids, column = np.unique(
            np.concatenate([ranking.ids for ranking in rankings]), return_inverse=True
        )
        at = np.repeat(np.arange(len(rankings)), lengths), column
        ranks = np.zeros((len(rankings), len(ids)), dtype=np.int64)
        ranks[at] = np.concatenate([np.arange(1, length + 1) for length in lengths])
        scores = np.zeros(ranks.shape)
        scores[at] = np.concatenate([_finite_scores(ranking) for ranking in rankings])
        return cls(ids, ranks, scores, checked)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which ranking contains which item: bool ``(lists, items)``."""
        return self.ranks > 0

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of items of each ranking: ``(lists,)``."""
        return np.asarray(self.present.sum(axis=1), dtype=np.int64)

    @property
    def places(self) -> NDArray[np.int64]:
        """The ranks, with the missing items together behind each list's last."""
        behind = self.lengths[:, np.newaxis] + 1
        return np.where(self.present, self.ranks, behind)

    def sum_weighted(self, votes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Votes ``(lists, items)``, each times its list's weight, summed an item: ``(items,)``.

        They are added in the order of their size: in another order of the lists the last digit
        could differ, and break a tie.
        """
        summed: NDArray[np.float64] = np.sort(self.weights[:, np.newaxis] * votes, axis=0).sum(0)
        return summed


def _check_weights(weights: Sequence[float] | None, count: int) -> NDArray[np.float64]:
    checked = np.ones(count) if weights is None else np.asarray(weights, dtype=np.float64)
    if checked.shape != (count,):
        raise InputError(f"{count} rankings need {count} weights, one each, not {checked.size}.")
    if not np.all(np.isfinite(checked)) or not np.any(checked):
        raise InputError(f"Weights are finite and not all 0, not {checked.tolist()}.")
    return checked


def _finite_scores(ranking: Ranking) -> NDArray[np.float64]:
    if not np.all(np.isfinite(ranking.scores)):
        raise InputError(f"A score of {ranking.source!r} is not finite; its method is broken.")
    return ranking.scores.astype(np.float64)


MIN_MAX = "min-max"

Normalised: TypeAlias = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Scores ``(lists, items)``, the floor where an item is missing, and the floors ``(lists, 1)``."""


def check_norm(norm: str) -> None:
    """Check the name of a normalisation.

    Raises:
        InputError: there is no such normalisation.
    """
    if norm not in NORMALISATIONS:
        raise InputError(
            f"There is no normalisation {norm!r}. Choose one of: {', '.join(NORMALISATIONS)}."
        )


def normalise(ballots: Ballots, norm: str) -> Normalised:
    """Return the scores of each ranking on one scale; ``norm`` is a name in ``NORMALISATIONS``."""
    scores, floor = NORMALISATIONS[norm](ballots)
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


NORMALISATIONS = {MIN_MAX: _min_max, "z-score": _z_score, "rank": _rank}
"""By name: from the lowest to the highest score, by mean and deviation, by rank."""
