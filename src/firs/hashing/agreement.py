"""How much of what floats find first a hash finds too, and which middle suits it better.

What is taken from a query before it is compared decides how much is found, and which is better
depends on the data: on vectors of CLIP the texts' own middle, on made-up ones with a constant
gap the images'. So both are tried on queries at hand.
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Hash

BEST = 10


def agreement(hashed: Hash, images: Vectors, queries: Vectors) -> float:
    """Share of the best 10 by floats that are among the best 10 by codes, from 0 to 1."""
    exact = _first(queries @ images.T, BEST)
    found = _first(hashed.turned(queries) @ hashed.values(hashed.codes(images)).T, BEST)
    return float(np.mean([np.isin(*each).mean() for each in zip(exact, found, strict=True)]))


def fitted(kind: type[Hash], images: Vectors, texts: Vectors, queries: Vectors) -> Hash:
    """A hash whose queries are seen from the middle that agrees more with floats.

    Args:
        kind: which.
        images: float32 ``(n, dim)``.
        texts: float32 ``(m, dim)``: a bank of texts, or their middle.
        queries: float32 ``(q, dim)``: what is asked to tell.
    """
    both = [kind.train(images, texts), kind.train(images, images)]
    own, shared = (agreement(each, images, queries) for each in both)
    return both[own < shared]


def _first(scores: Vectors, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
