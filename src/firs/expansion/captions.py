"""Captions as entries: what was said of an image speaks for it, on a scale of its own.

Texts lie nearer to texts than to images, so a caption's cosine to a query means nothing beside an
image's (see ``firs.expansion.entries`` for what comes of mixing them). Here each kind is told in
standard deviations of its own scores for the query, and the captions of image i add what they say
beyond what the image itself lets expect:

    s_i' = s_i + w · σ_s · f(t_i − b · z_i − δ),   f(x) = x if x > 0, else 0.3 · x

    z_i = (s_i − mean s) / σ_s             the image's own score
    t_i = max_c (t_c − mean t) / σ_t       that of its nearest caption

So but for f it is the log-likelihood ratio of two normal scores: where a caption says no more than
was expected nothing is gained, and an image without captions scores s_i, neither raised nor
lowered for having none. f is there because a caption often leaves out what was asked, which says
less against its image than the same words in it say for it. See ``firs.expansion.fitting`` for w,
b and δ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Scores
from firs.search.product import product
from firs.search.whole import PopulationSample, population_scores

WEIGHT, SLOPE, OFFSET = 0.5, 0.55, 0.75
AGAINST = 0.3

_NOTHING = 1e-6

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Balance:
    """How much captions count.

    Args:
        weight: w above.
        slope: b: how much of its score an image's captions are expected to repeat.
        offset: δ: how much more than expected they must say to raise it.
    """

    weight: float = WEIGHT
    slope: float = SLOPE
    offset: float = OFFSET


def mostly_for(told: Scores) -> Scores:
    """F above: what speaks against an image counts less than what speaks for it."""
    return np.where(told > 0, told, AGAINST * told)


class Captions:
    """Entries that are texts.

    Args:
        vectors: float16 or float32 ``(m, dim)``, of length 1.
        owners: int64 ``(m,)``, rising: the place of the image that each stands for.
        reference: float32 ``(r, dim)``, texts of other kinds that the entries are told apart from;
            without them a handful of entries would have no scale.
        balance: how much they count.
        scale: float32 ``(s, dim)``, entries drawn of all, where these are not all: their cosines
            tell the scale then.
        whole: what the images here tell of all, where they are not all.

    Raises:
        InputError: there is no entry, or the owners do not rise.
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
            raise InputError("Captions that stand for images are given in the order of the images.")
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
        told = population_scores(scores, self._whole)
        mean = told.mean(axis=1, keepdims=True)
        spread = np.maximum(told.std(axis=1, keepdims=True), _NOTHING)
        own = (scores[:, self.places] - mean) / spread
        balance = self.balance
        beyond = self._nearest(queries) - balance.slope * own - balance.offset
        added: Scores = (balance.weight * spread * mostly_for(beyond)).astype(np.float32)
        return added

    def nearest(self, query: NDArray[np.float32], at: int) -> int:
        """The entry that is nearest to a query, of the image that stands at ``places[at]``."""
        entries = slice(int(self._starts[at]), int(self._ends[at]))
        return entries.start + int(np.argmax(product(self.vectors[entries], query[np.newaxis])))

    def nearest_but(self, entries: Places) -> Scores:
        """t_i above for some of the entries, each asked as if it were not there itself."""
        return self._nearest(self.vectors[entries].astype(np.float32), entries)

    def _nearest(self, queries: Vectors, but: Places | None = None) -> Scores:
        """t_i above, of the images at ``places``: float32 ``(q, len(places))``."""
        cosines = product(self.vectors, queries)
        told = cosines if self._scale is None else product(self._scale, queries)
        known = np.concatenate([told, self._reference @ queries.T])
        spread = np.maximum(known.std(axis=0), _NOTHING)
        if but is not None:
            cosines[but, np.arange(len(but))] = -np.inf
        best: Scores = np.maximum.reduceat(cosines, self._starts, axis=0)
        nearest: Scores = ((best - known.mean(axis=0)) / spread).T
        return nearest
