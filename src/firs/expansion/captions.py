"""Captions as additional entries of their images, scored on a scale of their own.

Texts are nearer to texts than to images, so the cosine of a caption cannot be compared with the
cosine of an image (``firs.expansion.entries`` shows what happens otherwise). Here both are
standardised over their own scores for the query, and the captions of image i add what they score
beyond the expectation from the image itself:

    s_i' = s_i + w · σ_s · f(t_i − b · z_i − δ),   f(x) = x if x > 0, else 0.3 · x

    z_i = (s_i − mean s) / σ_s             the image's own score
    t_i = max_c (t_c − mean t) / σ_t       that of its nearest caption

Apart from f this is the log-likelihood ratio of two normal scores: a caption that scores as
expected adds nothing, and an image without captions keeps its score s_i. The reason for f: a
caption often omits what a query mentions, which is weaker evidence against its image than a match
is evidence for it. See ``firs.expansion.fitting`` for w, b and δ.
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
    """Parameters of the caption scores.

    Args:
        weight: w above.
        slope: b: the expected share of the image's score in the score of its captions.
        offset: δ: score beyond the expectation that is needed to raise the image.
    """

    weight: float = WEIGHT
    slope: float = SLOPE
    offset: float = OFFSET


def mostly_for(told: Scores) -> Scores:
    """F above: what speaks against an image counts less than what speaks for it."""
    return np.where(told > 0, told, AGAINST * told)


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
        """Return the entry nearest to a query, of the image at ``places[at]``."""
        entries = slice(int(self._starts[at]), int(self._ends[at]))
        return entries.start + int(np.argmax(product(self.vectors[entries], query[np.newaxis])))

    def nearest_but(self, entries: Places) -> Scores:
        """Return t_i above for some of the entries as queries, each without its own entry."""
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
