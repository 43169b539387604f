"""What is searched: an index, its vectors and files, and the encoder that made them."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder, Vectors
from firs.errors import InputError
from firs.index import Index
from firs.index.base import EntryVectors, Ids
from firs.ranking import Ranking
from firs.search.centres import Centres

Vector = NDArray[np.float32]
"""float32 ``(dim,)``, of length 1."""

Paths = Callable[[Sequence[int]], Sequence[Path]]
"""Ids → where these images lie, in the same order."""


SOME = 2_000
"""Images, evenly picked, that the spread of scores is measured on."""


class Space:
    """All images of one encoder, ready to be searched.

    Args:
        encoder: makes the vectors of texts and pictures.
        index: over the images' vectors.
        ids: int64 ``(n,)``, ascending.
        vectors: float16 or float32 ``(n, dim)``, the images' vectors in the order of ``ids``.
        paths: tells where images lie.
        centres: the mean text and the mean image, where they are known better than by default.
    """

    def __init__(
        self,
        encoder: Encoder,
        index: Index,
        ids: Ids,
        vectors: EntryVectors,
        paths: Paths,
        centres: Centres | None = None,
    ) -> None:
        self.encoder = encoder
        self.index = index
        self._ids = ids
        self._vectors = vectors
        self._paths = paths
        self._given = centres

    def __len__(self) -> int:
        return len(self._ids)

    @cached_property
    def centres(self) -> Centres:
        """The mean text and the mean image."""
        return self._given or Centres.measured(self.encoder, self._vectors)

    def nearest(self, vector: Vector, k: int, source: str) -> Ranking:
        """The ``k`` images nearest to a vector.

        Raises:
            InputError: ``k`` is below 1.
        """
        [ids], [scores] = self.index.search(vector[np.newaxis], k)
        return Ranking(ids, scores, self._paths(ids.tolist()), source)

    def ranked(self, among: Ranking, vector: Vector, source: str) -> Ranking:
        """The images of a ranking, and no others, by their nearness to a vector."""
        order = np.argsort(among.ids)
        scores = self._rows(among.ids[order]).astype(np.float32) @ vector
        order = order[by := np.argsort(-scores, kind="stable")]
        return Ranking(among.ids[order], scores[by], [among.paths[at] for at in order], source)

    def vector_of(self, id_: int) -> Vector:
        """The vector of one image.

        Raises:
            InputError: there is none with this id.
        """
        vector: Vector = self._rows(np.array([id_]))[0].astype(np.float32)
        return vector

    def spread(self, vector: Vector) -> float:
        """How far apart a vector's scores of different images lie: their standard deviation."""
        return float(np.std(self._some @ vector)) if len(self) else 0.0

    @cached_property
    def _some(self) -> Vectors:
        step = -(-len(self) // SOME) or 1
        return self._vectors[::step].astype(np.float32)

    def _rows(self, ids: Ids) -> EntryVectors:
        at = np.minimum(np.searchsorted(self._ids, ids), max(len(self._ids) - 1, 0))
        unknown = ids[self._ids[at] != ids] if len(self._ids) else ids
        if len(unknown):
            raise InputError(f"There is no image with the id {unknown[0]} to take as an example.")
        return self._vectors[at]
