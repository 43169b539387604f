"""All images' vectors in memory, and what can be said of them as a whole."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder, Vectors
from firs.errors import InputError
from firs.index.base import EntryVectors, Ids
from firs.search.centres import Centres

SOME = 2_000
"""Images, evenly picked, that the spread of scores is measured on."""


class Table:
    """The vectors of a collection.

    Args:
        ids: int64 ``(n,)``, ascending.
        vectors: float16 or float32 ``(n, dim)``, in the order of ``ids``.
        centres: the mean text and the mean image, where they are known better than by default.
    """

    def __init__(self, ids: Ids, vectors: EntryVectors, centres: Centres | None = None) -> None:
        self._ids = ids
        self._vectors = vectors
        self._centres = centres

    def __len__(self) -> int:
        return len(self._ids)

    def rows(self, ids: Ids) -> Vectors:
        """The vectors of some images: float32 ``(len(ids), dim)``, in the order of ``ids``.

        Raises:
            InputError: there is no image with one of the ids.
        """
        at, known = self._places(ids)
        if not np.all(known):
            raise InputError(f"There is no image with the id {ids[~known][0]} in the collection.")
        return self._vectors[at].astype(np.float32)

    def rows_or_zeros(self, ids: Ids) -> Vectors:
        """The same with zeros, which are like nothing, for images that have no vector here."""
        at, known = self._places(ids)
        rows = np.zeros((len(ids), self._vectors.shape[1]), dtype=np.float32)
        rows[known] = self._vectors[at[known]]
        return rows

    def _places(self, ids: Ids) -> tuple[Ids, NDArray[np.bool_]]:
        """Where the images stand, and which of them do."""
        at = np.searchsorted(self._ids, ids)
        known = at < len(self)
        known[known] = self._ids[at[known]] == ids[known]
        return at, known

    def centres(self, encoder: Encoder) -> Centres:
        """The mean text and the mean image; texts are encoded at the first call."""
        if self._centres is None:
            self._centres = Centres.measured(encoder, self._vectors)
        return self._centres

    def spread(self, vector: NDArray[np.float32]) -> float:
        """How far apart a vector's scores of different images lie: their standard deviation."""
        return float(np.std(self._some @ vector)) if len(self) else 0.0

    @cached_property
    def _some(self) -> Vectors:
        step = -(-len(self) // SOME)
        return self._vectors[::step].astype(np.float32)
