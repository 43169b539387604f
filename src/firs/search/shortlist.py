"""Search in a collection with embeddings that are not in memory, such as one on a server.

Scores of single images come from a **shortlist**: the nearest neighbours of the query, whose
embeddings are fetched. Statistics of all images, such as their mean and the spread of scores, come
from a random **sample** that is fetched once. Both are stored in one embedding matrix, so that all
ranking code works unchanged and never reads the whole collection.

A calibrated search fetches even fewer. A calibration subtracts a bias from the score of each image
(see ``firs.calibration.hubness``):

    s(v) = q·v − b(v) + mean(b),   b(v) = w · mean of the k greatest t·v, over the texts t of a bank

Most of a bias is explained by a direction d, close to the mean text of the bank:
b(v) = d·v + r(v), with a residual r of small variance. So a search of the index for q − d returns
the score except for the residual:

    s(v) = (q − d)·v − r(v) + mean(b)

Residuals are looked up from the best image downwards, as far as the lowest residual could lift an
image into the result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from firs.encoders import Encoder, Vectors
from firs.index.base import Ids, Scores
from firs.index.exact import ExactFloat32Index
from firs.ranking import Ranking
from firs.search.matrix import EmbeddingMatrix, PopulationSample
from firs.search.searcher import (
    CalibrationSource,
    EmbeddingSearcher,
    ExpansionSource,
    Images,
    InMemoryImages,
    Scored,
    Vector,
)

SHORTLIST = 1_000
"""Default number of nearest images to fetch per query vector."""

SAMPLE = 2_000
"""Number of randomly sampled images that represent the collection."""

Fetched = tuple[Ids, Vectors]
"""Ids int64 ``(n,)``, ascending, and their vectors float32 ``(n, dim)``."""

REMOVED = Path()
"""Path of an image that no longer exists."""


class RemoteImages(Images, Protocol):
    """Images with embeddings that are fetched on demand; ``matrix`` contains a random sample.

    ``paths`` returns ``REMOVED`` for an image that was removed in the meantime.
    """

    def nearest(self, vectors: Vectors, count: int, subset: Ids | None) -> Fetched:
        """Return the ``count`` nearest images of each vector, merged.

        Args:
            vectors: float32 ``(m, dim)``.
            count: per vector; fewer if there are fewer.
            subset: int64 ``(n,)``, ids of the images to search; default all.
        """

    def fetch(self, ids: Ids) -> Fetched:
        """Return the existing images with an embedding, and their embeddings."""

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images with an embedding, in the given order."""


class Residuals(Protocol):
    """A calibration, with the part of single images' biases that its direction does not explain."""

    @property
    def direction(self) -> Vector:
        """The direction d: float32 ``(dim,)``."""

    @property
    def mean_bias(self) -> float:
        """The mean bias of all images."""

    @property
    def mean(self) -> float:
        """The mean residual."""

    @property
    def high(self) -> float:
        """A residual above most residuals."""

    @property
    def lowest(self) -> float:
        """A residual below nearly all residuals."""

    def search(self, query: Vector, text: Vector, count: int, subset: Ids | None) -> Scored:
        """Return the ``count`` images with the highest cosines to a shifted query.

        Args:
            query: float32 ``(dim,)`` of length 1.
            text: float32 ``(dim,)``, the text that the query was made from.
            count: number of images; fewer if there are fewer.
            subset: int64 ``(n,)``, ids of the images to search; default all.
        """

    def of(self, ids: Ids) -> tuple[Scores, Scores]:
        """Return the lengths of images' embeddings, and their residuals: float32 ``(n,)`` each.

        NaN for images without an embedding.
        """


class RemoteCalibration(CalibrationSource, Protocol):
    """A stored calibration that also knows the biases of single images."""

    def residuals(self, searcher: EmbeddingSearcher) -> Residuals | None:
        """Return the residuals of single images; None to search a whole shortlist instead."""


class RemoteExpansion(ExpansionSource, Protocol):
    """A stored expansion that also finds images by their texts."""

    def candidates(self, vectors: Vectors) -> Ids:
        """Return ids of images in the subset with texts near some vectors."""


@dataclass(frozen=True, eq=False)
class RemoteSearcher(EmbeddingSearcher):
    """Searcher for the images of one encoder with embeddings that are stored elsewhere.

    Args:
        images: access to the images.
        calibration_source: calibration of text scores; default none.
        expansion_source: expansion of text scores; its candidates join the shortlist.
        is_index_filtered: whether the index applies a filter itself.
        shortlist: number of nearest images to fetch.
    """

    images: RemoteImages
    calibration_source: RemoteCalibration | None = None
    expansion_source: RemoteExpansion | None = None
    is_index_filtered: bool = False
    shortlist: int = SHORTLIST
    _last_matrix: list[EmbeddingMatrix] = field(default_factory=list, init=False, repr=False)

    def _search_corrected(self, vector: Vector, k: int, source: str) -> Ranking:
        is_expanded = self.expansion is not None
        residuals = (
            None
            if self.calibration_source is None or is_expanded
            else self.calibration_source.residuals(self)
        )
        if residuals is None:
            return super()._search_corrected(vector, k, source)
        (ids, scores), candidates = nearest_calibrated(residuals, vector, k, self.subset)
        ranking = self._ranking(ids, scores, source)
        sample = self.matrix.ids, self.calibrated_scores(vector)
        known, population = _add_sample(candidates, sample, self.matrix.count)
        ranking.confidence = self._confidence(vector, ranking.ids, known, population)
        return ranking

    def shortlist_for(
        self,
        vectors: Vectors | None = None,
        ids: Sequence[int] = (),
        *,
        least: int = 0,
        most: int | None = None,
        onto: EmbeddingMatrix | None = None,
    ) -> "ShortlistSearcher":
        """Return a searcher over the nearest images of some vectors and the sample."""
        found = self._fetch_nearest(vectors, max(least, self.shortlist), most)
        named = self.images.fetch(np.setdiff1d(np.array(ids, dtype=np.int64), found[0]))
        fetched = _merge(found, named)
        if onto is None or onto.population is None:
            matrix = _add_to_sample(self.matrix, fetched)
        else:
            matrix = _append(onto, onto.population, fetched)
        is_filtered = self.is_index_filtered or self.subset is not None
        return ShortlistSearcher(
            self.name,
            self.open_encoder,
            ExactFloat32Index.build(matrix.ids, matrix.vectors),
            InMemoryImages(matrix, self.images.paths),
            fetched[0] if is_filtered else None,
            self.fingerprint,
            self.revision,
            self.calibration_source,
            self.expansion_source,
            remote=self,
        )

    def _fetch_nearest(self, vectors: Vectors | None, count: int, most: int | None) -> Fetched:
        """Return the nearest images and, unless ``most`` is given, images with near captions."""
        if vectors is None or not len(vectors):
            return np.empty(0, dtype=np.int64), np.empty((0, self.matrix.dim), dtype=np.float32)
        found = self.images.nearest(vectors, min(count, most or count), self.subset)
        if most is not None or self.expansion_source is None or self.expansion is None:
            return found
        near = np.setdiff1d(self.expansion_source.candidates(vectors), found[0])
        return _merge(found, self.images.fetch(near))

    def search_vector(self, vector: Vector, k: int, source: str) -> Ranking:
        """Return the ``k`` images of the subset nearest to a vector.

        Images that were removed in the meantime are replaced by the next ones.

        Raises:
            InputError: ``k`` is below 1.
        """
        depth = k
        while True:
            [ids], [scores] = self.index.search(vector[np.newaxis], depth, self.subset)
            ranking = self._ranking(ids, scores, source)
            if len(ranking) >= k or len(ids) < depth:
                return ranking[:k]
            depth += 2 * (depth - len(ranking))

    def _ranking(self, ids: Ids, scores: Scores, source: str) -> Ranking:
        """Return a ranking without images that were removed or are not completely written yet."""
        paths = self.images.paths(ids.tolist())
        existing = [at for at, path in enumerate(paths) if path != REMOVED]
        return Ranking(ids[existing], scores[existing], [paths[at] for at in existing], source)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images with an embedding, in the given order."""
        return self.images.filter_known(ids)

    def matrix_of(self, ids: Ids) -> EmbeddingMatrix:
        """Return an embedding matrix of some images, without those that have no embedding."""
        last = self._last_matrix
        if not last or len(last[0].filter_known(ids.tolist())) < len(ids):
            last[:] = [EmbeddingMatrix(*self.images.fetch(np.unique(ids)))]
        return last[0]


@dataclass(frozen=True, eq=False)
class ShortlistSearcher(EmbeddingSearcher):
    """Searcher over a shortlist and the sample, which are in memory; it fetches nothing else.

    Args:
        remote: the searcher of all images.
    """

    remote: RemoteSearcher = field(kw_only=True)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, opened at the first use."""
        return self.remote.encoder

    @cached_property
    def text_mean(self) -> Vector:
        """The mean of all texts: float32 ``(dim,)``."""
        return self.remote.text_mean


_MIN_COUNT, _PER_RESULT, _GROWTH = 200, 8, 4
"""Number of images that a calibrated search requests from the index: a minimum, a multiple of the
number of results, and the factor by which it grows if that was not deep enough."""


class CalibratedResult(NamedTuple):
    """The best images by calibrated scores, and all images that the index returned.

    The scores of images that cannot be among the best are estimated by the mean residual.
    """

    best: Scored
    candidates: Scored


def nearest_calibrated(
    residuals: Residuals, text: Vector, k: int, subset: Ids | None = None
) -> CalibratedResult:
    """Return the ``k`` images with the highest calibrated scores for a text.

    Args:
        residuals: residuals of the calibration, and access to the index.
        text: float32 ``(dim,)`` of length 1.
        k: number of images; fewer if there are fewer.
        subset: int64 ``(n,)``, ids of the images to search; default all.
    """
    shifted = text - residuals.direction
    length = np.linalg.norm(shifted)
    count = max(_MIN_COUNT, _PER_RESULT * k)
    while True:
        ids, cosines = residuals.search(shifted / length, text, count, subset)
        found, is_deep_enough = _rescore(residuals, ids, cosines * length, k)
        if is_deep_enough or len(ids) < count:
            return found
        count *= _GROWTH


def _rescore(
    residuals: Residuals, ids: Ids, products: Scores, k: int
) -> tuple[CalibratedResult, bool]:
    """Score images again, and return whether no other image can be among the best."""
    scores = products + np.float32(residuals.mean_bias - residuals.mean)
    best, depth = np.empty(0, dtype=np.int64), 0
    needed = _required_depth(residuals, products, k, products[:k] - residuals.high)
    while needed > depth:
        depth = needed
        lengths, rests = residuals.of(ids[:depth])
        scores[:depth] = products[:depth] * lengths - rests + np.float32(residuals.mean_bias)
        existing = np.flatnonzero(np.isfinite(scores[:depth]))
        best = existing[np.lexsort((ids[existing], -scores[existing]))][:k]
        needed = _required_depth(residuals, products, k, scores[best] - residuals.mean_bias)
    known = np.isfinite(scores)
    found = CalibratedResult((ids[best], scores[best]), (ids[known], scores[known]))
    return found, needed < len(ids)


def _required_depth(residuals: Residuals, products: Scores, k: int, best: Scores) -> int:
    """Return how many products could reach the last of the k best scores by a low residual."""
    if len(best) < k:
        return len(products)
    return int(np.searchsorted(-products, -(best[-1] + residuals.lowest), side="right"))


def _add_sample(candidates: Scored, sample: Scored, count: int) -> tuple[Scored, PopulationSample]:
    """Return the scores of candidates and of a sample, which represents all ``count`` images."""
    more = ~np.isin(sample[0], candidates[0])
    ids = np.concatenate([candidates[0], sample[0][more]])
    scores = np.concatenate([candidates[1], sample[1][more]])
    order = np.argsort(ids)
    positions = order[np.searchsorted(ids, sample[0], sorter=order)]
    only = np.arange(len(candidates[0]), len(ids))
    return (ids, scores), PopulationSample(count, positions, only)


def _merge(*parts: Fetched) -> Fetched:
    """Return disjoint sets of images as one, by ascending id."""
    ids = np.concatenate([ids for ids, _ in parts])
    order = np.argsort(ids)
    return ids[order], np.concatenate([vectors for _, vectors in parts])[order]


def _add_to_sample(sample: EmbeddingMatrix, fetched: Fetched) -> EmbeddingMatrix:
    more = np.setdiff1d(sample.ids, fetched[0])
    ids, vectors = _merge(fetched, (more, sample.rows(more)))
    rows, only = np.searchsorted(ids, sample.ids), np.searchsorted(ids, more)
    return EmbeddingMatrix(ids, vectors, population=PopulationSample(sample.count, rows, only))


def _append(
    matrix: EmbeddingMatrix, population: PopulationSample, fetched: Fetched
) -> EmbeddingMatrix:
    """Return the matrix with the newly fetched images at its end."""
    new = ~np.isin(fetched[0], matrix.ids)
    ids = np.concatenate([matrix.ids, fetched[0][new]])
    vectors = np.concatenate([matrix.vectors, fetched[1][new]])
    only = population.only[~np.isin(matrix.ids[population.only], fetched[0])]
    grown = PopulationSample(population.count, population.sample, only)
    return EmbeddingMatrix(ids, vectors, population=grown)


def sample_table(sample: Ids, vectors: Vectors, count: int) -> EmbeddingMatrix:
    """Return the embedding matrix of a random sample of all images.

    Args:
        sample: int64 ``(s,)``, ascending ids of the sampled images.
        vectors: float32 ``(s, dim)``.
        count: total number of images.
    """
    every = np.arange(len(sample))
    return EmbeddingMatrix(sample, vectors, population=PopulationSample(count, every, every))
