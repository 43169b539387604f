"""A collection that lies elsewhere, such as on a server: never all of it is at hand.

What a search needs of single images it takes from a **shortlist**: those nearest to what is asked,
whose vectors are fetched. What is told of all images, such as their mean and how far scores
spread, is told by a **sample**, drawn by chance once. Both stand in one table, so that all that
ranks images ranks these, and nothing ever passes over the collection.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from firs.encoders import Encoder, Vectors
from firs.index import Index
from firs.index.base import Ids, Scores
from firs.index.exact import ExactFloat32Index
from firs.ranking import Ranking
from firs.search.space import EmbeddingSearcher, Images, InMemoryImages, Vector
from firs.search.table import EmbeddingMatrix
from firs.search.whole import PopulationSample

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.expansion import Expansion

SHORTLIST = 1_000
"""Nearest images that are fetched of each vector that is asked."""

SAMPLE = 2_000
"""Images drawn of all that stand for them."""

Fetched = tuple[Ids, Vectors]
"""Ids int64 ``(n,)``, ascending, and their vectors float32 ``(n, dim)``."""


REMOVED = Path()
"""Where an image lies that is gone."""


class RemoteImages(Images, Protocol):
    """Images whose vectors are fetched, as few as can be; ``table`` holds a sample of them.

    Of an image that was removed meanwhile, ``paths`` gives ``NOWHERE``.
    """

    def nearest(self, vectors: Vectors, count: int, subset: Ids | None) -> Fetched:
        """The ``count`` images nearest to each of some vectors ``(m, dim)``, all together.

        Args:
            vectors: float32 ``(m, dim)``.
            count: of each; fewer where there are fewer.
            subset: int64 ``(n,)``, those that may be found; all without it.
        """

    def fetch(self, ids: Ids) -> Fetched:
        """Those of some images that there are, and that have a vector."""

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """The ids of the same, in their order."""


class RemoteSearcher(EmbeddingSearcher):
    """All images of one encoder, which lie elsewhere.

    Args:
        name: the encoder's.
        open_encoder: gives the encoder; called only when something must be encoded.
        index: over all images' vectors.
        images: those behind the index.
        among: int64 ``(n,)``, the images that may be found; all without it.
        fingerprint: of the encoder's weights, where it is known.
        revision: of the vectors; another number, other vectors.
        hubness: gives what is taken off the scores that a space's images have for texts, or None.
        expansion: gives what is then put onto them, or None.
        told: gives the images for which captions speak that are near to some vectors, of those
            that may be found; they join a shortlist.
        filtered: whether the index passes over images by itself.
        shortlist: how many of the nearest are fetched.
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
        self._held: EmbeddingMatrix | None = None

    def shortlist_for(
        self,
        vectors: Vectors | None = None,
        ids: Sequence[int] = (),
        *,
        least: int = 0,
        most: int | None = None,
        onto: EmbeddingMatrix | None = None,
    ) -> EmbeddingSearcher:
        """The same space with the images nearest to some vectors at hand, and the sample.

        Args:
            vectors: float32 ``(m, dim)``.
            ids: of images that are to be at hand, too; those that have no vector are left out.
            least: how many of the nearest are fetched of each, if more than usual.
            most: how many are enough, if fewer than usual; captions bring none in then.
            onto: a table of this space whose images keep their places; others come after them.
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
        """The nearest and, unless fewer are enough, the images whose captions are near."""
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
        """Those of some ids that there is an image with a vector of, in their order."""
        return self._far.filter_known(ids)

    def matrix_of(self, ids: Ids) -> EmbeddingMatrix:
        """A table with the vectors of some images; those that have none are not in it."""
        if self._held is None or len(self._held.filter_known(ids.tolist())) < len(ids):
            found, vectors = self._far.fetch(np.unique(ids))
            self._held = EmbeddingMatrix(found, vectors)
        return self._held


class ShortlistSearcher(EmbeddingSearcher):
    """What of a space lies near to what is asked, and the sample; nothing else is fetched."""

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
    """A table with what was found behind what it holds."""
    new = ~np.isin(found[0], table.ids)
    ids = np.concatenate([table.ids, found[0][new]])
    vectors = np.concatenate([table.vectors, found[1][new]])
    only = whole.only[~np.isin(table.ids[whole.only], found[0])]
    return EmbeddingMatrix(
        ids, vectors, population=PopulationSample(whole.count, whole.sample, only)
    )


def sample_table(sample: Ids, vectors: Vectors, count: int) -> EmbeddingMatrix:
    """The table of a sample alone, from which ``FarImages.table`` tells of all images.

    Args:
        sample: int64 ``(s,)``, ascending: images drawn by chance.
        vectors: float32 ``(s, dim)``.
        count: how many images there are in all.
    """
    every = np.arange(len(sample))
    return EmbeddingMatrix(sample, vectors, population=PopulationSample(count, every, every))
