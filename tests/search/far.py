"""A space whose images are taken for far away: what is fetched of them is noted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firs.encoders import Vectors
from firs.index.base import Ids
from firs.search import EmbeddingMatrix, EmbeddingSearcher
from firs.search.searcher import Vector
from firs.search.shortlist import SAMPLE, Fetched, RemoteSearcher, sample_table


class FetchedImages:
    """The images of a space that has them all; ``fetched`` counts the vectors that were given."""

    def __init__(self, space: EmbeddingSearcher, sample: int = SAMPLE) -> None:
        self._space = space
        self._all = space.matrix
        some = np.random.default_rng(0).permutation(len(self._all))[:sample]
        ids = np.sort(self._all.ids[some])
        self._sample = sample_table(ids, self._all.rows(ids), len(self._all))
        self.fetched = 0

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        return self._space.images.paths(ids)

    def vector(self, id_: int) -> Vector:
        return self._space.images.vector(id_)

    def matrix(self) -> EmbeddingMatrix:
        return self._sample

    def nearest(self, vectors: Vectors, count: int, among: Ids | None) -> Fetched:
        ids, _ = self._space.index.search(vectors, count, among)
        return self.fetch(np.unique(ids))

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        return self._all.filter_known(ids)

    def fetch(self, ids: Ids) -> Fetched:
        known = np.unique(np.array(self._all.filter_known(ids.tolist()), dtype=np.int64))
        self.fetched += len(known)
        return known, self._all.rows(known)


def far(space: EmbeddingSearcher, shortlist: int, sample: int = SAMPLE) -> RemoteSearcher:
    """The same space, taken for far away."""
    return RemoteSearcher(
        space.name,
        lambda: space.encoder,
        space.index,
        FetchedImages(space, sample),
        space.subset,
        fingerprint=space.fingerprint,
        revision=space.revision,
        shortlist=shortlist,
    )
