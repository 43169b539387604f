"""How much of what floats find first a hash finds too, and which middle suits it better.

What is taken from a query before it is compared decides how much is found, and which is better
depends on the data: on vectors of CLIP the texts' own middle, on those of ``mini`` nothing. So
each is tried on queries at hand.
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Hash

BEST = 10


def agreement(hashed: Hash, images: Vectors, queries: Vectors) -> float:
    """Share of the best 10 by floats that are among the best 10 by codes, from 0 to 1."""
    exact = _first(queries @ images.T, BEST)
    found = _first(hashed.project_query(queries) @ hashed.decode(hashed.codes(images)).T, BEST)
    return float(np.mean([np.isin(*each).mean() for each in zip(exact, found, strict=True)]))


def fit_hash(kind: type[Hash], images: Vectors, texts: Vectors, queries: Vectors) -> Hash:
    """A hash whose queries are seen from the middle that agrees most with floats.

    That is the middle of the texts, of the images, or 0. Of equals the first is taken.

    Args:
        kind: which.
        images: float32 ``(n, dim)``.
        texts: float32 ``(m, dim)``: a bank of texts, or their middle.
        queries: float32 ``(q, dim)``: what is asked to tell.
    """
    middles = (texts, images, np.zeros_like(images[:1]))
    tried = [kind.train(images, middle) for middle in middles]
    return max(tried, key=lambda each: agreement(each, images, queries))


def _first(scores: Vectors, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
