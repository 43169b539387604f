"""Ways to compare a query with all images: with floats, with bits, with captions as entries.

A searcher answers in two ways. ``search`` is how a person is answered, by an index, and is what
is timed. ``scores`` gives all images' scores at once, as full rankings need them: a matrix
product is twenty times faster than sorting everything. The runner checks the one against the
other (see ``firs.evaluation.runner``).
"""

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.ranks import ScoreRows
from firs.expansion.captions import BestEntry
from firs.feedback.base import best
from firs.hashing.hamming import HammingIndex
from firs.index import INDEXES, Index
from firs.index.base import Ids, Scores


class Searcher(Protocol):
    """Compares queries with all images."""

    @property
    def bytes_per_vector(self) -> int:
        """What one entry takes in memory."""

    def scores(self, queries: Vectors) -> ScoreRows:
        """All images' scores, float32 ``(q, images)``, higher is better."""

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores, ``(q, k)``, through an index."""


class FloatSearcher:
    """Cosine in float32."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.bytes_per_vector = vectors.itemsize * vectors.shape[1]

    @cached_property
    def _index(self) -> Index:
        kind = INDEXES.load("exact-float32")
        return kind.build(np.arange(len(self._vectors)), self._vectors)

    def scores(self, queries: Vectors) -> ScoreRows:
        """All images' cosines, float32 ``(q, images)``."""
        return queries @ self._vectors.T

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and cosines, through the exact index."""
        return self._index.search(queries, k)


class BitSearcher:
    """Hamming distance between codes; ``code`` turns vectors into them."""

    def __init__(self, vectors: Vectors, code: Callable[[Vectors], NDArray[np.uint8]]) -> None:
        self._code = code
        self._index = HammingIndex(np.arange(len(vectors)), code(vectors))
        self.bytes_per_vector = code(vectors[:1]).shape[1]

    def scores(self, queries: Vectors) -> ScoreRows:
        """Minus all images' distances, float32 ``(q, images)``."""
        return -self._index.distances(self._code(queries)).astype(np.float32)

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and minus their distances."""
        return self._index.search(self._code(queries), k)


class EntrySearcher:
    """Cosine to images and to the captions that joined them; the best entry counts."""

    def __init__(self, evaluation_set: EvaluationSet) -> None:
        entries = [evaluation_set.images]
        if evaluation_set.joined_vectors is not None:
            entries.append(evaluation_set.joined_vectors)
        owners = np.concatenate(
            [np.arange(len(evaluation_set.images)), evaluation_set.expansion_owners]
        )
        self._entries = FloatSearcher(np.concatenate(entries))
        self._owners = owners
        self._best = BestEntry(owners, len(evaluation_set.images))
        self.bytes_per_vector = self._entries.bytes_per_vector

    def scores(self, queries: Vectors) -> ScoreRows:
        """All images' best entries' cosines, float32 ``(q, images)``."""
        return self._best.scores(self._entries.scores(queries))

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """The ``k`` best images' places and scores, of the entries that an index finds."""
        most = int(np.bincount(self._owners).max())
        entries, found = self._entries.search(queries, k * most)
        rows = np.full((len(queries), len(np.unique(self._owners))), -np.inf, dtype=np.float32)
        for row, places, scores in zip(rows, self._owners[entries], found, strict=True):
            np.maximum.at(row, places, scores)
        ids = best(rows, min(k, rows.shape[1]))
        return ids, np.take_along_axis(rows, ids, axis=1)
