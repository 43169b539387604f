"""Codes compared with all images, and the best of them scored again."""

from functools import cached_property

import numpy as np

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.ranks import ScoreRows
from firs.evaluation.searchers import Searcher
from firs.feedback.pseudo import best
from firs.hashing import Hash
from firs.hashing.hamming import HammingIndex
from firs.hashing.small import KEPT, StoredVectors
from firs.index.base import Ids, Scores


class CodeSearcher:
    """Codes against a float query, or against its code.

    Args:
        vectors: float32 ``(n, dim)``.
        hashed: trained.
        by_bits: compare code with code, by their Hamming distance.

    Raises:
        InputError: Hamming distances are asked of codes of levels.
    """

    def __init__(self, vectors: Vectors, hashed: Hash, *, by_bits: bool) -> None:
        if by_bits and hashed.levels > 2:
            raise InputError(
                f"A Hamming distance is of codes of single bits, not of one of {hashed.levels} "
                f"levels; compare them asymmetrically, or take itq."
            )
        self._hash = hashed
        self._codes = hashed.codes(vectors)
        self._by_bits = by_bits
        self.bytes_per_vector = self._codes.shape[1]

    def scores(self, queries: Vectors) -> ScoreRows:
        """Minus all images' distances, or their products with the query; see ``Hash``."""
        if self._by_bits:
            codes = self._hash.query_codes(queries)
            return -self._index.distances(codes).astype(np.float32)
        return self._hash.project_query(queries) @ self._values.T

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores; asymmetric ones by comparing with all."""
        if self._by_bits:
            return self._index.search(self._hash.query_codes(queries), k)
        return _best(self.scores(queries), k)

    @cached_property
    def _index(self) -> HammingIndex:
        return HammingIndex(np.arange(len(self._codes)), self._codes)

    @cached_property
    def _values(self) -> Vectors:
        return self._hash.decode(self._codes)


class Rescored:
    """The best of another searcher by cosine, from small vectors, and below them all others.

    Args:
        coarse: what finds them.
        vectors: float32 ``(n, dim)``.
        first: how many are scored again.
        kept: how their vectors are kept, a name in ``firs.hashing.small.KEPT``.
    """

    def __init__(
        self, coarse: Searcher, vectors: Vectors, first: int, kept: str = "float16"
    ) -> None:
        self._coarse = coarse
        self._vectors: StoredVectors = KEPT[kept](vectors)
        self._first = min(first, len(vectors))
        self.bytes_per_vector = coarse.bytes_per_vector + self._vectors.bytes_per_vector

    def scores(self, queries: Vectors) -> ScoreRows:
        """Cosines of the best; all others keep their order below -2."""
        coarse = self._coarse.scores(queries)
        low, high = coarse.min(axis=1, keepdims=True), coarse.max(axis=1, keepdims=True)
        rows: ScoreRows = (coarse - low) / np.maximum(high - low, np.float32(1e-9)) - np.float32(3)
        for row, query, places in zip(rows, queries, best(coarse, self._first), strict=True):
            row[places] = self._vectors.floats(places) @ query
        return rows

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and cosines, of the best of the other searcher."""
        places, _ = self._coarse.search(queries, max(self._first, k))
        taken = self._vectors.floats(places)
        cosines = np.einsum("qnd,qd->qn", taken, queries)
        order = np.lexsort((places, -cosines), axis=-1)[:, :k]
        return np.take_along_axis(places, order, 1), np.take_along_axis(cosines, order, 1)


def _best(scores: ScoreRows, k: int) -> tuple[Ids, Scores]:
    places = best(scores, min(k, scores.shape[1]))
    return places, np.take_along_axis(scores, places, axis=1)
