"""Hamming distances over codes, on FAISS (Douze et al., 2024)."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.hashing.base import WORD, Hash, Trainer
from firs.index.base import Ids, Scores
from firs.index.engine import faiss
from firs.index.query import search_with_ties


class HammingIndex:
    """Binary codes with the ids of their images, searched by Hamming distance.

    Args:
        ids: int64 ``(n,)``, ascending.
        codes: uint8 ``(n, bytes)``, a multiple of 8 bytes.

    Raises:
        InputError: the lengths differ, or a code is no multiple of 8 bytes.
    """

    def __init__(self, ids: Ids, codes: NDArray[np.uint8]) -> None:
        if codes.ndim != 2 or codes.shape[1] % WORD or len(ids) != len(codes):
            raise InputError(
                f"A Hamming index needs an id and a multiple of {WORD} bytes an entry, "
                f"not {ids.shape} and {codes.shape}."
            )
        self._ids = ids
        self._codes = np.ascontiguousarray(codes)
        self._searcher: Any = faiss.IndexBinaryFlat(8 * codes.shape[1])
        self._searcher.add(self._codes)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._ids)

    def search(self, codes: NDArray[np.uint8], k: int) -> tuple[Ids, Scores]:
        """The ``k`` nearest entries of every query's code, best first, equals by id.

        Returns:
            Ids int64 and minus their distances float32, ``(q, k')``, ``k' = min(k, len(self))``.
        """

        def fetch(count: int) -> tuple[Ids, Scores]:
            distances, places = self._searcher.search(np.ascontiguousarray(codes), count)
            return self._ids[places], -distances.astype(np.float32)

        return search_with_ties(fetch, min(k, len(self)), len(self))

    def distances(self, codes: NDArray[np.uint8]) -> NDArray[np.int32]:
        """The distance of every query's code to every entry, int32 ``(q, n)``."""
        codes = np.ascontiguousarray(codes)
        distances = np.empty((len(codes), len(self)), dtype=np.int32)
        faiss.hammings(
            faiss.swig_ptr(codes),
            faiss.swig_ptr(self._codes),
            *distances.shape,
            codes.shape[1],
            faiss.swig_ptr(distances),
        )
        return distances


BEST = 10


def agreement(hashed: Hash, images: Vectors, queries: Vectors) -> float:
    """Return the share of the best 10 by floats that are in the best 10 by codes, from 0 to 1."""
    exact = _first(queries @ images.T, BEST)
    found = _first(hashed.project_query(queries) @ hashed.decode(hashed.codes(images)).T, BEST)
    return float(np.mean([np.isin(*each).mean() for each in zip(exact, found, strict=True)]))


def fit_hash(train: Trainer, images: Vectors, texts: Vectors, queries: Vectors) -> Hash:
    """Return the hash with the query mean that gives the best agreement with floats.

    The candidates are the mean of the texts, the mean of the images, and 0; ties go to the first.

    Args:
        train: trains the hash, as ``open_hash`` returns.
        images: float32 ``(n, dim)``.
        texts: float32 ``(m, dim)``: a bank of texts, or its mean.
        queries: float32 ``(q, dim)``: queries to compare on.
    """
    middles = (texts, images, np.zeros_like(images[:1]))
    tried = [train(images, middle) for middle in middles]
    return max(tried, key=lambda each: agreement(each, images, queries))


def _first(scores: Vectors, count: int) -> NDArray[np.intp]:
    return np.argsort(-scores, axis=1, kind="stable")[:, :count]
