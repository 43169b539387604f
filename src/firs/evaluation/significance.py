"""Is a difference more than chance? Intervals, a paired test, and who won where.

Several captions of one image are correlated, so they are drawn and flipped together:
every function takes ``groups``, int64 ``(queries,)``, equal for queries that belong together.
Taking them for independent would make intervals too narrow, and differences seem significant that
are not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.errors import InputError
from firs.evaluation.measures import Measure, Values
from firs.evaluation.ranks import EQUAL, Places

DRAWS = 1_000
FLIPS = 10_000
HARM = 5
"""Places; to fall by more is to be lost to a person who looks at a page."""

_AT_ONCE = 2_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """How many queries a method won, lost and tied against another.

    ``harmed`` are those lost by more than ``HARM`` places.
    """

    won: int
    lost: int
    tied: int
    harmed: int = 0


def intervals(
    values: Mapping[Measure, Values], groups: Places, *, seed: int, level: float = 0.95
) -> dict[str, tuple[float, float]]:
    """Bootstrap percentile intervals of measures' summaries (Efron, 1979), by their names.

    Args:
        values: float64 ``(queries,)`` of each measure.
        groups: see above.
        seed: of the draws, which all measures share.
        level: the confidence level, between 0 and 1.

    Returns:
        The low and the high end of each.

    Raises:
        InputError: there are no values.
    """
    ends = [(1 - level) / 2, (1 + level) / 2]
    drawn: dict[str, list[Values]] = {measure.name: [] for measure in values}
    for weights in _draws(_number_groups(groups), seed):
        for measure, each in values.items():
            _check_fit(each, groups)
            drawn[measure.name].append(_summaries(measure, each, weights))
    quantiles = {name: np.quantile(np.concatenate(parts), ends) for name, parts in drawn.items()}
    return {name: (float(low), float(high)) for name, (low, high) in quantiles.items()}


def p_value_paired(first: Values, second: Values, groups: Places, *, seed: int) -> float:
    """The two-sided p-value of a paired randomisation test on the mean difference (Fisher, 1935).

    Under the null hypothesis each group's difference could as well have the other sign. With up
    to 13 differing groups all signs are tried, beyond that 10,000 random ones.

    Raises:
        InputError: the two are not of the same queries.
    """
    if first.shape != second.shape:
        raise InputError(f"A paired test needs the same queries, not {len(first)}, {len(second)}.")
    _check_fit(first, groups)
    group = _number_groups(groups)
    difference: Values = np.bincount(group, first - second).astype(np.float64)
    difference = difference[np.abs(difference) > EQUAL]
    if not len(difference):
        return 1.0
    observed = abs(difference.sum()) - EQUAL
    if 2 ** len(difference) <= FLIPS:
        sums = _all_signs(len(difference)) @ difference
        return float(np.mean(np.abs(sums) >= observed))
    extreme = _random_extremes(difference, observed, np.random.default_rng(seed))
    return (extreme + 1) / (FLIPS + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """P-values corrected for having made several comparisons (Holm, 1979), in the same order."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.array(p_values)[order] * np.arange(len(order), 0, -1)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return [float(each) for each in corrected]


def tally(ranks: Values, baseline: Values) -> Tally:
    """Queries with a better rank, a worse rank, and their ranks."""
    won, lost = int(np.sum(ranks < baseline)), int(np.sum(ranks > baseline))
    harmed = int(np.sum(ranks > baseline + HARM))
    return Tally(won, lost, len(ranks) - won - lost, harmed)


def _check_fit(values: Values, groups: Places) -> None:
    if len(values) != len(groups):
        raise InputError(
            f"A measure needs a value and a group for each query, "
            f"not {len(values)} and {len(groups)}."
        )


def _number_groups(groups: Places) -> Places:
    if not len(groups):
        raise InputError("There are no queries, so there is nothing to compare.")
    _, numbers = np.unique(groups, return_inverse=True)
    return numbers


def _draws(group: Places, seed: int) -> Iterator[NDArray[np.int64]]:
    """How often each query is drawn, a row a draw, some rows at a time."""
    size = int(group.max()) + 1
    rng = np.random.default_rng(seed)
    for count in _chunks(DRAWS, len(group)):
        drawn = rng.integers(size, size=(count, size)) + size * np.arange(count)[:, np.newaxis]
        times = np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size)
        yield times[:, group]


def _chunks(total: int, width: int) -> list[int]:
    step = max(1, _AT_ONCE // width)
    return [min(step, total - at) for at in range(0, total, step)]


def _summaries(measure: Measure, values: Values, weights: NDArray[np.int64]) -> Values:
    """The summary of each row of weights: how often each value was drawn."""
    if not measure.by_median:
        return np.asarray(weights @ values / weights.sum(axis=1))
    order = np.argsort(values)
    reached = np.cumsum(weights[:, order], axis=1)
    total = reached[:, -1:]
    middles = [np.argmax(2 * reached >= total, axis=1), np.argmax(2 * reached > total, axis=1)]
    medians: Values = np.mean([values[order][middle] for middle in middles], axis=0)
    return medians


def _all_signs(count: int) -> NDArray[np.int64]:
    bits = np.arange(2**count)[:, np.newaxis] >> np.arange(count) & 1
    return 2 * bits - 1


def _random_extremes(difference: Values, observed: float, rng: np.random.Generator) -> int:
    """How many random flips are at least as extreme; equal differences are flipped in one draw."""
    sizes, counts = np.unique(np.abs(difference), return_counts=True)
    extreme = 0
    for rounds in _chunks(FLIPS, len(sizes)):
        heads = rng.binomial(counts, 0.5, size=(rounds, len(sizes)))
        extreme += int(np.sum(np.abs((2 * heads - counts) @ sizes) >= observed))
    return extreme


BINS = 10


def calibration_error(chances: Values, came_true: NDArray[np.bool_]) -> float:
    """Return the expected calibration error of probabilities against outcomes, from 0 to 1.

    Naeini et al., "Obtaining well calibrated probabilities using Bayesian binning", AAAI 2015, with
    10 bins of equal width: the mean over all predictions of |mean chance - share that came true|
    of their bin.
    """
    bins = np.minimum((chances * BINS).astype(np.int64), BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    promised = np.bincount(bins, chances, BINS)
    kept = np.bincount(bins, came_true, BINS)
    return float(np.abs(promised - kept).sum() / counts.sum())


def auroc(higher: Values, lower: Values) -> float:
    """How often a value of the first kind is above one of the second; ties count half."""
    both = np.concatenate([higher, lower])
    _, place, counts = np.unique(both, return_inverse=True, return_counts=True)
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    ranks = (below + (counts + 1) / 2)[place.reshape(-1)]
    pairs = len(higher) * len(lower)
    return float((ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2) / pairs)
