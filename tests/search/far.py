"""A space whose images are taken for far away: what is fetched of them is noted."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from firs.encoders import Vectors
from firs.index.base import Ids
from firs.search import Space, Table
from firs.search.shortlist import SAMPLE, FarSpace, Fetched, drawn
from firs.search.space import Vector


class FetchedImages:
    """The images of a space that has them all; ``fetched`` counts the vectors that were given."""

    def __init__(self, space: Space, sample: int = SAMPLE) -> None:
        self._space = space
        self._all = space.table
        some = np.random.default_rng(0).permutation(len(self._all))[:sample]
        ids = np.sort(self._all.ids[some])
        self._sample = drawn(ids, self._all.rows(ids), len(self._all))
        self.fetched = 0

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        return self._space.images.paths(ids)

    def vector(self, id_: int) -> Vector:
        return self._space.images.vector(id_)

    def table(self) -> Table:
        return self._sample

    def near(self, vectors: Vectors, count: int, among: Ids | None) -> Fetched:
        ids, _ = self._space.index.search(vectors, count, among)
        return self.fetch(np.unique(ids))

    def known(self, ids: Sequence[int]) -> list[int]:
        return self._all.known(ids)

    def fetch(self, ids: Ids) -> Fetched:
        known = np.unique(np.array(self._all.known(ids.tolist()), dtype=np.int64))
        self.fetched += len(known)
        return known, self._all.rows(known)


def far(space: Space, shortlist: int, sample: int = SAMPLE) -> FarSpace:
    """The same space, taken for far away."""
    return FarSpace(
        space.name,
        lambda: space.encoder,
        space.index,
        FetchedImages(space, sample),
        space.among,
        fingerprint=space.fingerprint,
        revision=space.revision,
        shortlist=shortlist,
    )
