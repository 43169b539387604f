"""Comparisons of a query with all images: by floats, bits, codes, captions, corrected scores.

A searcher has two methods. ``search`` is what an interactive search does, through an index where
there is one, and is what is timed. ``scores`` gives all images' scores at once, as full rankings
need them: a matrix product is twenty times faster than sorting everything. Both must agree, so
every experiment runs some queries both ways: see ``index_agreement``, and ``collection_agreement``
for ``Collection.search``.
"""

import time
from collections.abc import Callable
from functools import cached_property
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firs.encoders.base import Vectors
from firs.errors import InputError
from firs.evaluation.evaluation_set import EvaluationSet
from firs.evaluation.measures import Indices, ScoreRows
from firs.expansion.captions import BestEntry
from firs.feedback.base import best
from firs.hashing import Hash
from firs.hashing.hamming import HammingIndex
from firs.index import Index
from firs.index.base import Ids, Scores
from firs.index.engine import faiss
from firs.index.exact import ExactFloat32Index

CHECKED = 20
TIMED = 30
FIRST = 10
TOLERANCE = 2e-3
"""Collections and indexes may store half precision, which changes a cosine by up to this."""


Code: TypeAlias = Callable[[Vectors], NDArray[np.uint8]]
"""Vectors ``(n, dim)`` → codes ``(n, bytes)``."""


class Searcher(Protocol):
    """Compares queries with all images."""

    @property
    def bytes_per_vector(self) -> int:
        """What one entry takes in memory."""

    def scores(self, queries: Vectors) -> ScoreRows:
        """Return all images' scores, float32 ``(q, images)``, higher is better."""

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        """Return the ``k`` best images' indices and scores, ``(q, k)``."""


def select_best(scores: ScoreRows, k: int) -> tuple[Ids, Scores]:
    """Return the indices and the scores of the ``k`` best of each row, best first."""
    images = best(scores, min(k, scores.shape[1]))
    return images, np.take_along_axis(scores, images, axis=1)


class FloatSearcher:
    """Cosine in float32."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.bytes_per_vector = vectors.itemsize * vectors.shape[1]

    @cached_property
    def _index(self) -> Index:
        return ExactFloat32Index.build(np.arange(len(self._vectors)), self._vectors)

    def scores(self, queries: Vectors) -> ScoreRows:
        return queries @ self._vectors.T

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        return self._index.search(queries, k)


class CorrectedSearcher(FloatSearcher):
    """Cosine in float32 with a correction of all scores.

    Args:
        vectors: float32 ``(n, dim)``.
        correct: queries and their cosines ``(q, n)`` → the scores that count.
        transform: changes queries before they are compared.
    """

    def __init__(
        self,
        vectors: Vectors,
        correct: Callable[[Vectors, ScoreRows], ScoreRows] = lambda _, cosines: cosines,
        transform: Callable[[Vectors], Vectors] = lambda queries: queries,
    ) -> None:
        super().__init__(vectors)
        self._correct = correct
        self._transform = transform

    def scores(self, queries: Vectors) -> ScoreRows:
        return self._correct(queries, super().scores(self._transform(queries)))

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        return select_best(self.scores(queries), k)


class BitSearcher:
    """Hamming distance between codes.

    Args:
        vectors: float32 ``(n, dim)``.
        code: turns vectors into codes, uint8 ``(n, bytes)``.
        query_code: the same for queries; by default ``code``.
    """

    def __init__(self, vectors: Vectors, code: Code, query_code: Code | None = None) -> None:
        codes = code(vectors)
        self._query_code = query_code or code
        self._index = HammingIndex(np.arange(len(codes)), codes)
        self.bytes_per_vector = codes.shape[1]

    def scores(self, queries: Vectors) -> ScoreRows:
        return -self._index.distances(self._query_code(queries)).astype(np.float32)

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        return self._index.search(self._query_code(queries), k)


class CodeSearcher:
    """Codes of a trained hash against float queries, by a full scan; see ``Hash``."""

    def __init__(self, vectors: Vectors, trained: Hash) -> None:
        codes = trained.codes(vectors)
        self._hash = trained
        self._values = trained.decode(codes)
        self.bytes_per_vector = codes.shape[1]

    def scores(self, queries: Vectors) -> ScoreRows:
        return self._hash.project_query(queries) @ self._values.T

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        return select_best(self.scores(queries), k)


def hash_searcher(vectors: Vectors, trained: Hash, *, by_bits: bool) -> Searcher:
    """Return a searcher of a hash's codes, by their Hamming distance or by float queries.

    Raises:
        InputError: Hamming distances are requested for codes of levels.
    """
    if not by_bits:
        return CodeSearcher(vectors, trained)
    if trained.levels > 2:
        raise InputError(
            f"A Hamming distance is of codes of single bits, not of one of {trained.levels} "
            f"levels; compare them asymmetrically, or take itq."
        )
    return BitSearcher(vectors, trained.codes, trained.query_codes)


STORAGES = {"float16": faiss.ScalarQuantizer.QT_fp16, "int8": faiss.ScalarQuantizer.QT_8bit}
"""Smaller copies of embeddings, by name: half precision, or a byte per dimension."""


class RescoringSearcher:
    """The best of another searcher by cosine, from small vectors, and below them all others.

    Args:
        coarse: what finds them.
        vectors: float32 ``(n, dim)``.
        first: how many are rescored.
        storage: how their vectors are stored, a name in ``STORAGES``.
    """

    def __init__(
        self, coarse: Searcher, vectors: Vectors, first: int, storage: str = "float16"
    ) -> None:
        self._coarse = coarse
        self._vectors = faiss.IndexScalarQuantizer(vectors.shape[1], STORAGES[storage])
        self._vectors.train(vectors)
        self._vectors.add(vectors)
        self._first = min(first, len(vectors))
        self.bytes_per_vector = coarse.bytes_per_vector + int(self._vectors.sa_code_size())

    def scores(self, queries: Vectors) -> ScoreRows:
        """Return cosines of the best; all others keep their order below -2."""
        coarse = self._coarse.scores(queries)
        low, high = coarse.min(axis=1, keepdims=True), coarse.max(axis=1, keepdims=True)
        rows: ScoreRows = (coarse - low) / np.maximum(high - low, np.float32(1e-9)) - np.float32(3)
        for row, query, images in zip(rows, queries, best(coarse, self._first), strict=True):
            row[images] = self._vectors.reconstruct_batch(images) @ query
        return rows

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        images, _ = self._coarse.search(queries, max(self._first, k))
        vectors = self._vectors.reconstruct_batch(images.ravel()).reshape(*images.shape, -1)
        cosines = np.einsum("qnd,qd->qn", vectors, queries)
        order = np.lexsort((images, -cosines), axis=-1)[:, :k]
        return np.take_along_axis(images, order, 1), np.take_along_axis(cosines, order, 1)


class EntrySearcher:
    """Cosine to images and to the captions in the collection; the best entry counts."""

    def __init__(self, evaluation_set: EvaluationSet) -> None:
        images = evaluation_set.images
        self._entries = FloatSearcher(np.concatenate([images, evaluation_set.indexed_vectors]))
        self._owners = np.concatenate([np.arange(len(images)), evaluation_set.indexed_owners])
        self._images = len(images)
        self._best = BestEntry(self._owners, self._images)
        self.bytes_per_vector = self._entries.bytes_per_vector

    def scores(self, queries: Vectors) -> ScoreRows:
        return self._best.scores(self._entries.scores(queries))

    def search(self, queries: Vectors, k: int) -> tuple[Ids, Scores]:
        entries_per_image = int(np.bincount(self._owners).max())
        entries, found = self._entries.search(queries, k * entries_per_image)
        rows = np.full((len(queries), self._images), -np.inf, dtype=np.float32)
        for row, images, scores in zip(rows, self._owners[entries], found, strict=True):
            np.maximum.at(row, images, scores)
        return select_best(rows, k)


def milliseconds(searcher: Searcher, evaluation_set: EvaluationSet) -> float:
    """Return the median time of one search for the first 10 images."""
    times = []
    for query in evaluation_set.queries[:TIMED]:
        start_time = time.perf_counter()
        searcher.search(query[np.newaxis], FIRST)
        times.append(time.perf_counter() - start_time)
    return 1000 * float(np.median(times[1:] or times))


def index_agreement(searcher: Searcher, evaluation_set: EvaluationSet, seed: int) -> float:
    """Return the share of some queries for which ``search`` agrees with the full ranking."""

    def search(query: int) -> tuple[Indices, Scores]:
        images, scores = searcher.search(evaluation_set.queries[query : query + 1], FIRST)
        return images[0], scores[0]

    return _agreement(search, searcher, evaluation_set, seed)


def collection_agreement(
    searcher: Searcher, evaluation_set: EvaluationSet, seed: int
) -> float | None:
    """Return the same for the collection's ``search``; ``None`` if it has other images too."""
    collection, ids = evaluation_set.collection, evaluation_set.ids
    if collection is None or ids is None or len(collection) != len(np.unique(ids)):
        return None
    index_of = {int(id_): index for index, id_ in enumerate(ids)}

    def search(query: int) -> tuple[Indices, Scores]:
        ranking = collection.search(
            evaluation_set.query_text(query), k=FIRST, use_calibration=False
        )
        return np.array([index_of[int(id_)] for id_ in ranking.ids]), ranking.scores

    return _agreement(search, searcher, evaluation_set, seed)


def _agreement(
    search: Callable[[int], tuple[Indices, Scores]],
    searcher: Searcher,
    evaluation_set: EvaluationSet,
    seed: int,
) -> float:
    """Compare the scores of both first images; which of equal ones comes first does not matter."""
    total = len(evaluation_set.queries)
    queries = np.random.default_rng(seed).choice(total, size=min(CHECKED, total), replace=False)
    rows = searcher.scores(evaluation_set.queries[queries])
    agree = []
    for query, row, expected in zip(queries, rows, select_best(rows, FIRST)[1], strict=True):
        images, scores = search(int(query))
        agree.append(
            np.allclose(row[images], scores, atol=TOLERANCE)
            and np.allclose(expected, row[images], atol=TOLERANCE)
        )
    return float(np.mean(agree))
