"""Captions as additional entries of their images, scored on a scale of their own.

Texts are nearer to texts than to images, so the cosine of a caption cannot be compared with the
cosine of an image (``firs.expansion.captions`` shows what happens otherwise). Here both are
standardised over their own scores for the query, and the captions of image i add what they score
beyond the expectation from the image itself:

    s_i' = s_i + w · σ_s · f(t_i − b · z_i − δ),   f(x) = x if x > 0, else 0.3 · x

    z_i = (s_i − mean s) / σ_s             the image's own score
    t_i = max_c (t_c − mean t) / σ_t       that of its nearest caption

Apart from f this is the log-likelihood ratio of two normal scores: a caption that scores as
expected adds nothing, and an image without captions keeps its score s_i. The reason for f: a
caption often omits what a query mentions, which is weaker evidence against its image than a match
is evidence for it. See ``firs.expansion.captions`` for w, b and δ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Scores
from firs.search import EmbeddingMatrix
from firs.search.matrix import PopulationSample, population_scores, product

WEIGHT, SLOPE, OFFSET = 0.5, 0.55, 0.75
AGAINST = 0.3

_NOTHING = 1e-6

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Balance:
    """Parameters of the caption scores.

    Args:
        weight: w above.
        slope: b: the expected share of the image's score in the score of its captions.
        offset: δ: score beyond the expectation that is needed to raise the image.
    """

    weight: float = WEIGHT
    slope: float = SLOPE
    offset: float = OFFSET


def mostly_for(scores: Scores) -> Scores:
    """F above: what speaks against an image counts less than what speaks for it."""
    return np.where(scores > 0, scores, AGAINST * scores)


class Captions:
    """Text entries of images.

    Args:
        vectors: float16 or float32 ``(m, dim)``, of unit length.
        owners: int64 ``(m,)``, ascending: position of the image of each entry.
        reference: float32 ``(r, dim)``, other texts, which give a scale to a small number of
            entries.
        balance: the parameters.
        scale: float32 ``(s, dim)``, a random sample of all entries if these are not all; the scale
            is then computed from it.
        whole: what the images represent, if they are a sample.

    Raises:
        InputError: there is no entry, or the owners are not ascending.
    """

    def __init__(
        self,
        vectors: EntryVectors,
        owners: Places,
        reference: Vectors,
        balance: Balance | None = None,
        scale: Vectors | None = None,
        whole: PopulationSample | None = None,
    ) -> None:
        if not len(owners) or np.any(np.diff(owners) < 0):
            raise InputError("Captions of images are ordered as the images.")
        self.vectors = vectors
        self.owners = owners
        self.balance = balance or Balance()
        self._reference = reference
        self._scale = scale
        self._whole = whole
        self.places, self._starts = np.unique(owners, return_index=True)
        self._ends = np.append(self._starts[1:], len(owners))

    def __len__(self) -> int:
        return len(self.vectors)

    def score_changes(self, queries: Vectors, scores: Scores) -> Scores:
        """What is added to the scores of the images at ``places``: float32 ``(q, len(places))``.

        Args:
            queries: float32 ``(q, dim)``, of texts.
            scores: float32 ``(q, n)``, of all images.
        """
        population = population_scores(scores, self._whole)
        mean = population.mean(axis=1, keepdims=True)
        spread = np.maximum(population.std(axis=1, keepdims=True), _NOTHING)
        own = (scores[:, self.places] - mean) / spread
        balance = self.balance
        beyond = self._nearest(queries) - balance.slope * own - balance.offset
        added: Scores = (balance.weight * spread * mostly_for(beyond)).astype(np.float32)
        return added

    def nearest(self, query: NDArray[np.float32], at: int) -> int:
        """Return the entry nearest to a query, of the image at ``places[at]``."""
        entries = slice(int(self._starts[at]), int(self._ends[at]))
        return entries.start + int(np.argmax(product(self.vectors[entries], query[np.newaxis])))

    def nearest_but(self, entries: Places) -> Scores:
        """Return t_i above for some of the entries as queries, each without its own entry."""
        return self._nearest(self.vectors[entries].astype(np.float32), entries)

    def _nearest(self, queries: Vectors, but: Places | None = None) -> Scores:
        """t_i above, of the images at ``places``: float32 ``(q, len(places))``."""
        cosines = product(self.vectors, queries)
        sampled = cosines if self._scale is None else product(self._scale, queries)
        known = np.concatenate([sampled, self._reference @ queries.T])
        spread = np.maximum(known.std(axis=0), _NOTHING)
        if but is not None:
            cosines[but, np.arange(len(but))] = -np.inf
        best: Scores = np.maximum.reduceat(cosines, self._starts, axis=0)
        nearest: Scores = ((best - known.mean(axis=0)) / spread).T
        return nearest


class BestEntry:
    """Assignment of entries to images.

    Args:
        owners: int64 ``(entries,)``: column of the image of each entry.
        images: number of images; each must have an entry.

    Raises:
        InputError: an image has no entry.
    """

    def __init__(self, owners: NDArray[np.int64], images: int) -> None:
        counts = np.bincount(owners, minlength=images)
        if len(counts) != images or not counts.all():
            raise InputError(
                f"Each of {images} images needs an entry of its own; add the images' vectors."
            )
        self._order = np.argsort(owners, kind="stable")
        self._starts = np.cumsum(counts) - counts

    def scores(self, entries: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores of entries float32 ``(q, entries)`` → of images ``(q, images)``."""
        return np.maximum.reduceat(entries[:, self._order], self._starts, axis=1)


SOME = 300
"""Captions that are taken for queries, evenly picked."""
ENOUGH = 30
LIGHTEST, HEAVIEST = 0.25, 1.0


def fit_balance(captions: Captions, images: EmbeddingMatrix) -> Balance:
    """How much the captions count; the usual where too few images have several."""
    queries = _query_entries(captions)
    if len(queries) < ENOUGH:
        return Balance()
    own = np.searchsorted(captions.places, captions.owners[queries])
    scores = images.scores(captions.vectors[queries].astype(np.float32)).T
    every = population_scores(scores, images.population)
    scores = (scores - every.mean(axis=1, keepdims=True)) / np.maximum(
        every.std(axis=1, keepdims=True), _NOTHING
    )
    image_scores, text_scores = scores[:, captions.places], captions.nearest_but(queries)
    return _balance(image_scores, text_scores, own)


def _query_entries(captions: Captions) -> Places:
    """Some entries of images that have others, too."""
    _, at, counts = np.unique(captions.owners, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts[at] > 1)
    return several[:: max(1, -(-len(several) // SOME))]


def _balance(image_scores: Scores, text_scores: Scores, own: Places) -> Balance:
    """From z and t of all images with captions, ``(q, i)``, and the place of each query's own."""
    others = np.ones(image_scores.shape, dtype=bool)
    others[np.arange(len(own)), own] = False
    if not others.any():
        return Balance()
    slope = float(np.clip(_slope(image_scores[others], text_scores[others]), 0, 1))
    beyond = text_scores - slope * image_scores
    spread = max(float(beyond[others].var()), _NOTHING)
    apart = float(beyond[~others].mean() - beyond[others].mean())
    ahead = float(image_scores[~others].mean())
    if apart <= 0 or ahead <= 0:
        return Balance(weight=LIGHTEST)
    middle = float(beyond[~others].mean() + beyond[others].mean()) / 2
    return Balance(float(np.clip(apart / spread / ahead, LIGHTEST, HEAVIEST)), slope, middle)


def _slope(image_scores: Vectors, text_scores: Vectors) -> float:
    about = image_scores - image_scores.mean()
    return float(
        (about * (text_scores - text_scores.mean())).sum() / max(float((about**2).sum()), _NOTHING)
    )
