"""Agreement of a hash with exact search, and the choice of the mean to subtract from queries.

Which mean is better for recall depends on the data: for CLIP embeddings the mean of the texts, for
``mini`` none. So each is tried on the available queries.
"""

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.hashing.base import Hash

BEST = 10


def agreement(hashed: Hash, images: Vectors, queries: Vectors) -> float:
    """Return the share of the best 10 by floats that are in the best 10 by codes, from 0 to 1."""
    exact = _first(queries @ images.T, BEST)
    found = _first(hashed.project_query(queries) @ hashed.decode(hashed.codes(images)).T, BEST)
    return float(np.mean([np.isin(*each).mean() for each in zip(exact, found, strict=True)]))


def fit_hash(kind: type[Hash], images: Vectors, texts: Vectors, queries: Vectors) -> Hash:
    """Return the hash whose query mean gives the best agreement with floats.

    The candidates are the mean of the texts, the mean of the images, and 0; ties go to the first.

    Args:
        kind: class of the hash.
        images: float32 ``(n, dim)``.
        texts: float32 ``(m, dim)``: a bank of texts, or its mean.
        queries: float32 ``(q, dim)``: queries to compare on.
    """
    middles = (texts, images, np.zeros_like(images[:1]))
    tried = [kind.train(images, middle) for middle in middles]
    return max(tried, key=lambda each: agreement(each, images, queries))


def _first(scores: Vectors, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
