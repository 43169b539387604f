"""Calibrated search where the images are far away: only those that can come in are looked at.

A calibration takes a bias off the score of each image (see ``firs.calibration.hubness``):

    s(v) = q·v − b(v) + mean(b),   b(v) = w · mean of the k greatest t·v, over the texts t of a bank

Most of a bias is told by a direction d, close to the mean text of the bank: b(v) = d·v + r(v), and
the residual r varies little. So an index that is asked for q − d gives all of the score but that:

    s(v) = (q − d)·v − r(v) + mean(b)

Residuals are looked up from the best image down, as far as the lowest residual could lift one into
the result.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from firs.encoders import Encoder, Vectors
from firs.index import Index
from firs.index.base import Ids, Scores
from firs.index.exact import ExactFloat32Index
from firs.ranking import Ranking
from firs.search.matrix import EmbeddingMatrix, PopulationSample
from firs.search.searcher import (
    EmbeddingSearcher,
    Images,
    InMemoryImages,
    Scored,
    Vector,
    require_count,
)

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.expansion import Expansion

_FEWEST, _TIMES, _DEEPER = 200, 8, 4
"""Images that an index is asked for: at least so many, or so many times the results; if that was
not deep enough, so many times as many."""


class Found(NamedTuple):
    """The best images by their calibrated scores, and all those that the index gave.

    Of those that cannot be among the best the scores are estimated, by the mean residual.
    """

    best: Scored
    candidates: Scored


class Residuals(Protocol):
    """A calibration, with the part of single images' biases that its direction does not explain."""

    @property
    def direction(self) -> Vector:
        """d: float32 ``(dim,)``."""

    @property
    def mean_bias(self) -> float:
        """The mean bias of all images."""

    @property
    def mean(self) -> float:
        """The mean residual."""

    @property
    def high(self) -> float:
        """A residual than which most images have a lower one."""

    @property
    def lowest(self) -> float:
        """A residual than which hardly any image has a lower one."""

    def search(self, query: Vector, text: Vector, count: int, subset: Ids | None) -> Scored:
        """The ``count`` images with the highest cosines to a query that a text was turned into.

        Args:
            query: float32 ``(dim,)`` of length 1.
            text: float32 ``(dim,)``, what it was made of.
            count: how many; fewer where there are fewer.
            subset: int64 ``(n,)``, those that may be found; all without it.
        """

    def of(self, ids: Ids) -> tuple[Scores, Scores]:
        """The lengths of some images' vectors, and their residuals: float32 ``(n,)`` each.

        NaN for images that have no vector.
        """


def nearest_calibrated(
    residuals: Residuals, text: Vector, k: int, subset: Ids | None = None
) -> Found:
    """Find the ``k`` images with the highest calibrated scores for a text.

    Args:
        residuals: of the calibration, and what is searched.
        text: float32 ``(dim,)`` of length 1.
        k: how many; fewer where there are fewer.
        subset: int64 ``(n,)``, those that may be found; all without it.
    """
    moved = text - residuals.direction
    length = np.linalg.norm(moved)
    count = max(_FEWEST, _TIMES * k)
    while True:
        ids, cosines = residuals.search(moved / length, text, count, subset)
        found, is_deep_enough = _rescore(residuals, ids, cosines * length, k)
        if is_deep_enough or len(ids) < count:
            return found
        count *= _DEEPER


def _rescore(residuals: Residuals, ids: Ids, products: Scores, k: int) -> tuple[Found, bool]:
    """Score images again, and return whether no other image can be among the best."""
    scores = products + np.float32(residuals.mean_bias - residuals.mean)
    best, reach = np.empty(0, dtype=np.int64), 0
    needed = _reach(residuals, products, k, products[:k] - residuals.high)
    while needed > reach:
        reach = needed
        lengths, rests = residuals.of(ids[:reach])
        scores[:reach] = products[:reach] * lengths - rests + np.float32(residuals.mean_bias)
        there = np.flatnonzero(np.isfinite(scores[:reach]))
        best = there[np.lexsort((ids[there], -scores[there]))][:k]
        needed = _reach(residuals, products, k, scores[best] - residuals.mean_bias)
    known = np.isfinite(scores)
    found = Found((ids[best], scores[best]), (ids[known], scores[known]))
    return found, needed < len(ids)


def _reach(residuals: Residuals, products: Scores, k: int, best: Scores) -> int:
    """How many products could, less the lowest residual, come to the last of the k best scores."""
    if len(best) < k:
        return len(products)
    return int(np.searchsorted(-products, -(best[-1] + residuals.lowest), side="right"))


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
        """The ids of the same, in their order."""


class RemoteSearcher(EmbeddingSearcher):
    """Searcher for the images of one encoder with embeddings that are stored elsewhere.

    Args:
        name: name of the encoder.
        open_encoder: returns the encoder; called only when something must be encoded.
        index: over all embeddings.
        images: access to the images.
        subset: int64 ``(n,)``, ids of the images to search; default all.
        fingerprint: of the encoder's weights, if known.
        revision: of the embeddings; changes with them.
        hubness: returns the hubness correction of a searcher's text scores, or None.
        expansion: returns the expansion applied after it, or None.
        expansion_candidates: returns ids of images in the subset whose captions are near some
            vectors; they join the shortlist.
        is_index_filtered: whether the index applies the subset itself.
        shortlist: number of nearest images to fetch.
        residuals: returns the residuals of single images, by which a calibrated search fetches few
            of them; without them it fetches a whole shortlist.
    """

    def __init__(
        self,
        name: str,
        open_encoder: Callable[[], Encoder],
        index: Index,
        images: RemoteImages,
        subset: Ids | None = None,
        *,
        fingerprint: str = "",
        revision: int = 0,
        hubness: "Callable[[EmbeddingSearcher], Hubness | None]" = lambda _: None,
        expansion: "Callable[[EmbeddingSearcher], Expansion | None]" = lambda _: None,
        expansion_candidates: Callable[[Vectors], Ids] = lambda _: np.empty(0, dtype=np.int64),
        is_index_filtered: bool = False,
        shortlist: int = SHORTLIST,
        residuals: "Callable[[EmbeddingSearcher], Residuals | None]" = lambda _: None,
    ) -> None:
        super().__init__(
            name,
            open_encoder,
            index,
            images,
            subset,
            fingerprint=fingerprint,
            revision=revision,
            hubness=hubness,
            expansion=expansion,
        )
        self._far = images
        self._told = expansion_candidates
        self._filtered = is_index_filtered or subset is not None
        self._shortlist = shortlist
        self._residuals = residuals
        self._held: EmbeddingMatrix | None = None

    def search_text(self, vector: Vector, k: int, source: str) -> Ranking:
        """The ``k`` images nearest to a text, calibrated and expanded where the collection is.

        Raises:
            InputError: ``k`` is below 1.
        """
        is_calibrated = self.hubness is not None and self.expansion is None
        residuals = self._residuals(self) if is_calibrated else None
        if residuals is None:
            return super().search_text(vector, k, source)
        require_count(k)
        (ids, scores), candidates = nearest_calibrated(residuals, vector, k, self.subset)
        ranking = self._ranking(ids, scores, source)
        sample = self.matrix.ids, self.scores_calibrated(vector)
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
    ) -> EmbeddingSearcher:
        """Return a searcher over the nearest images of some vectors and the sample.

        Args:
            vectors: float32 ``(m, dim)``.
            ids: images to include as well; those without an embedding are skipped.
            least: minimum number of nearest images per vector, if more than the default.
            most: maximum number per vector, if fewer than the default; captions then add no
                candidates.
            onto: embedding matrix with images that keep their positions; new ones are appended.
        """
        found = self._near(vectors, max(least, self._shortlist), most)
        named = self._far.fetch(np.setdiff1d(np.array(ids, dtype=np.int64), found[0]))
        both = _together(found, named)
        if onto is None or onto.population is None:
            table = _join(self.matrix, both)
        else:
            table = _grow(onto, onto.population, both)
        return ShortlistSearcher(self, table, both[0] if self._filtered else None)

    def _near(self, vectors: Vectors | None, count: int, most: int | None) -> Fetched:
        """Return the nearest images and, unless ``most`` is given, images with near captions."""
        if vectors is None or not len(vectors):
            return np.empty(0, dtype=np.int64), np.empty((0, self.matrix.dim), dtype=np.float32)
        found = self._far.nearest(vectors, min(count, most or count), self.subset)
        if most is not None or self.expansion is None:
            return found
        return _together(found, self._far.fetch(np.setdiff1d(self._told(vectors), found[0])))

    def search_vector(self, vector: Vector, k: int, source: str) -> Ranking:
        """The ``k`` images nearest to a vector, of those that may be found.

        Where some of the nearest are gone, others take their places.

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
        """A ranking without images that are gone by now, or are not there as a whole yet."""
        paths = self.images.paths(ids.tolist())
        there = [at for at, path in enumerate(paths) if path != REMOVED]
        return Ranking(ids[there], scores[there], [paths[at] for at in there], source)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """Return the ids of existing images with an embedding, in the given order."""
        return self._far.filter_known(ids)

    def matrix_of(self, ids: Ids) -> EmbeddingMatrix:
        """Return an embedding matrix of some images, without those that have no embedding."""
        if self._held is None or len(self._held.filter_known(ids.tolist())) < len(ids):
            found, vectors = self._far.fetch(np.unique(ids))
            self._held = EmbeddingMatrix(found, vectors)
        return self._held


class ShortlistSearcher(EmbeddingSearcher):
    """Searcher over the shortlist and the sample; it fetches nothing else."""

    def __init__(self, far: RemoteSearcher, table: EmbeddingMatrix, subset: Ids | None) -> None:
        super().__init__(
            far.name,
            lambda: far.encoder,
            far.index,
            InMemoryImages(table, far.images.paths),
            subset,
            fingerprint=far.fingerprint,
            revision=far.revision,
            hubness=lambda space: far.hubness and far._hubness(space),
            expansion=lambda space: far.expansion and far._expansion(space),
        )
        self._of = far

    @cached_property
    def index(self) -> Index:
        """Over the images that are at hand."""
        return ExactFloat32Index.build(self.matrix.ids, self.matrix.vectors)

    @cached_property
    def text_mean(self) -> Vector:
        """The middle of all texts."""
        return self._of.text_mean


def _add_sample(candidates: Scored, sample: Scored, count: int) -> tuple[Scored, PopulationSample]:
    """Some images with their scores and those of a sample, which represents all ``count``."""
    more = ~np.isin(sample[0], candidates[0])
    ids = np.concatenate([candidates[0], sample[0][more]])
    scores = np.concatenate([candidates[1], sample[1][more]])
    order = np.argsort(ids)
    positions = order[np.searchsorted(ids, sample[0], sorter=order)]
    only = np.arange(len(candidates[0]), len(ids))
    return (ids, scores), PopulationSample(count, positions, only)


def _together(*parts: Fetched) -> Fetched:
    """Some images and others, of which none is in both, by ascending id."""
    ids = np.concatenate([ids for ids, _ in parts])
    order = np.argsort(ids)
    return ids[order], np.concatenate([vectors for _, vectors in parts])[order]


def _join(sample: EmbeddingMatrix, found: Fetched) -> EmbeddingMatrix:
    """A table of what was found and of the sample."""
    more = np.setdiff1d(sample.ids, found[0])
    ids, vectors = _together(found, (more, sample.rows(more)))
    here, only = np.searchsorted(ids, sample.ids), np.searchsorted(ids, more)
    return EmbeddingMatrix(ids, vectors, population=PopulationSample(sample.count, here, only))


def _grow(table: EmbeddingMatrix, whole: PopulationSample, found: Fetched) -> EmbeddingMatrix:
    """Return the matrix with the newly fetched images appended."""
    new = ~np.isin(found[0], table.ids)
    ids = np.concatenate([table.ids, found[0][new]])
    vectors = np.concatenate([table.vectors, found[1][new]])
    only = whole.only[~np.isin(table.ids[whole.only], found[0])]
    return EmbeddingMatrix(
        ids, vectors, population=PopulationSample(whole.count, whole.sample, only)
    )


def sample_table(sample: Ids, vectors: Vectors, count: int) -> EmbeddingMatrix:
    """Return the embedding matrix of a random sample of all images.

    Args:
        sample: int64 ``(s,)``, ascending ids of the sampled images.
        vectors: float32 ``(s, dim)``.
        count: total number of images.
    """
    every = np.arange(len(sample))
    return EmbeddingMatrix(sample, vectors, population=PopulationSample(count, every, every))
