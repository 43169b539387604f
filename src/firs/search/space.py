"""What is searched: an index, the images behind it, and the encoder that made their vectors."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder
from firs.index import Index
from firs.index.base import Ids
from firs.ranking import Ranking
from firs.search.table import Table

Vector = NDArray[np.float32]
"""float32 ``(dim,)``, of length 1."""


class Images(Protocol):
    """The images of a collection as a search needs them."""

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Where some images lie, in the order of ``ids``."""

    def vector(self, id_: int) -> Vector:
        """The vector of one image.

        Raises:
            InputError: there is none with this id.
        """

    def table(self) -> Table:
        """All vectors."""


class Space:
    """All images of one encoder, ready to be searched.

    Args:
        name: the encoder's.
        open_encoder: gives the encoder; called only when something must be encoded.
        index: over the images' vectors.
        images: those behind the index.
        among: int64 ``(n,)``, the images that may be found; all without it.
        fingerprint: of the encoder's weights, where it is known.
        revision: of the vectors; another number, other vectors.
    """

    def __init__(
        self,
        name: str,
        open_encoder: Callable[[], Encoder],
        index: Index,
        images: Images,
        among: Ids | None = None,
        *,
        fingerprint: str = "",
        revision: int = 0,
    ) -> None:
        self.name = name
        self.among = among
        self.fingerprint = fingerprint
        self.revision = revision
        self._open_encoder = open_encoder
        self._index = index
        self.images = images

    @property
    def index(self) -> Index:
        """Over the images' vectors."""
        return self._index

    @cached_property
    def encoder(self) -> Encoder:
        """What makes the vectors of texts and pictures."""
        return self._open_encoder()

    @cached_property
    def table(self) -> Table:
        """All vectors."""
        return self.images.table()

    @cached_property
    def text_centre(self) -> Vector:
        """The middle of all texts, for which texts are encoded; one that is known can be set."""
        return self.table.centres(self.encoder).text

    def nearest(self, vector: Vector, k: int, source: str) -> Ranking:
        """The ``k`` images nearest to a vector, of those that may be found.

        Raises:
            InputError: ``k`` is below 1.
        """
        [ids], [scores] = self._index.search(vector[np.newaxis], k, self.among)
        return Ranking(ids, scores, self.images.paths(ids.tolist()), source)

    def ranked(self, among: Ranking, vector: Vector, source: str) -> Ranking:
        """The images of a ranking, and no others, by their nearness to a vector."""
        order = np.argsort(among.ids)
        scores = self.table.rows(among.ids[order]) @ vector
        by = np.argsort(-scores, kind="stable")
        paths = [among.paths[at] for at in order[by].tolist()]
        return Ranking(among.ids[order][by], scores[by], paths, source)


class GivenImages:
    """Images whose vectors and paths are at hand."""

    def __init__(self, table: Table, paths: Callable[[Sequence[int]], Sequence[Path]]) -> None:
        self._table = table
        self._paths = paths

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Where some images lie, in the order of ``ids``."""
        return self._paths(ids)

    def vector(self, id_: int) -> Vector:
        """The vector of one image.

        Raises:
            InputError: there is none with this id.
        """
        vector: Vector = self._table.rows(np.array([id_]))[0]
        return vector

    def table(self) -> Table:
        """All vectors."""
        return self._table
