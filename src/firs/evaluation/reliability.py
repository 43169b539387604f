"""Whether probabilities keep what they promise, and whether a number tells two kinds apart."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

BINS = 10


def calibration_error(chances: Values, came_true: NDArray[np.bool_]) -> float:
    """How far probabilities lie from what came true, from 0 to 1: the expected calibration error.

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
