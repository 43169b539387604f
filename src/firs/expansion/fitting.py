"""Fit the parameters of caption scores to images with several captions.

Each of some captions is used as a query, and the other captions of its image as its entries. Other
images show which share of an image's score captions repeat (the slope), its own image what they
score beyond that. The rest follows as for two normal distributions of equal variance (linear
discriminant analysis: Fisher, 1936):

    δ = the middle between the means of r = t − b · z of other images and of its own
    w = (difference of these means / variance of r) / (mean z of its own)
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.expansion.captions import Balance, Captions
from firs.index.base import Scores
from firs.search import EmbeddingMatrix
from firs.search.whole import population_scores

SOME = 300
"""Captions that are taken for queries, evenly picked."""
ENOUGH = 30
LIGHTEST, HEAVIEST = 0.25, 1.0

_NOTHING = 1e-6

Places = NDArray[np.int64]


def fit_balance(captions: Captions, images: EmbeddingMatrix) -> Balance:
    """How much the captions count; the usual where too few images have several."""
    asked = _query_entries(captions)
    if len(asked) < ENOUGH:
        return Balance()
    own = np.searchsorted(captions.places, captions.owners[asked])
    scores = images.scores(captions.vectors[asked].astype(np.float32)).T
    every = population_scores(scores, images.population)
    scores = (scores - every.mean(axis=1, keepdims=True)) / np.maximum(
        every.std(axis=1, keepdims=True), _NOTHING
    )
    seen, told = scores[:, captions.places], captions.nearest_but(asked)
    return _balance(seen, told, own)


def _query_entries(captions: Captions) -> Places:
    """Some entries of images that have others, too."""
    _, at, counts = np.unique(captions.owners, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts[at] > 1)
    return several[:: max(1, -(-len(several) // SOME))]


def _balance(seen: Scores, told: Scores, own: Places) -> Balance:
    """From z and t of all images with captions, ``(q, i)``, and the place of each query's own."""
    others = np.ones(seen.shape, dtype=bool)
    others[np.arange(len(own)), own] = False
    if not others.any():
        return Balance()
    slope = float(np.clip(_slope(seen[others], told[others]), 0, 1))
    beyond = told - slope * seen
    spread = max(float(beyond[others].var()), _NOTHING)
    apart = float(beyond[~others].mean() - beyond[others].mean())
    ahead = float(seen[~others].mean())
    if apart <= 0 or ahead <= 0:
        return Balance(weight=LIGHTEST)
    middle = float(beyond[~others].mean() + beyond[others].mean()) / 2
    return Balance(float(np.clip(apart / spread / ahead, LIGHTEST, HEAVIEST)), slope, middle)


def _slope(seen: Vectors, told: Vectors) -> float:
    about = seen - seen.mean()
    return float((about * (told - told.mean())).sum() / max(float((about**2).sum()), _NOTHING))
