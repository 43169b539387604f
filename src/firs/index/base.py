"""The protocol that every index keeps."""

from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, Self, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int64]
"""int64, one id an entry."""

Scores: TypeAlias = NDArray[np.float32]
"""float32 cosines in [-1, 1], the same shape as the ids they belong to."""

EntryVectors: TypeAlias = NDArray[np.float16] | NDArray[np.float32]
"""float16 or float32 ``(n, dim)``, any length but zero."""


class Entries(Protocol):
    """What an index is made of, read in parts, since it may be larger than the memory."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    def __len__(self) -> int:
        """How many there are."""

    def parts(self) -> Iterator[tuple[Ids, EntryVectors]]:
        """Some ids, ascending, and their vectors; then the next."""


@runtime_checkable
class Index(Protocol):
    """Finds the entries nearest to a query."""

    @property
    def dim(self) -> int:
        """Length of every vector."""

    def __len__(self) -> int:
        """How many entries it holds."""

    def search(
        self, queries: NDArray[np.float32], k: int, among: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """The ``k`` nearest entries of every query, best first.

        Entries with equal scores stand in the order of their ids, the lower first, and the cut
        after ``k`` keeps to that order.

        Args:
            queries: float32 ``(q, dim)``, any length but zero.
            k: how many; with fewer entries, all of them.
            among: int64 ``(n,)``, the entries that may be found; those that are not held are
                passed over. Without it, all.

        Returns:
            Ids int64 ``(q, k')`` and scores float32 ``(q, k')``, ``k'`` the smaller of ``k`` and
            the number of entries that may be found.

        Raises:
            InputError: a query is of another dimension, zero or not finite, or ``k`` is below 1.
        """


@runtime_checkable
class Tunable(Protocol):
    """An index that looks only so far, and whose files can be searched without being read."""

    def tune(self, queries: NDArray[np.float32]) -> None:
        """Look farther where queries ``(q, dim)``, such as will be asked, need it.

        Raises:
            InputError: a query is of another dimension, zero or not finite.
        """


@runtime_checkable
class StoredIndex(Index, Protocol):
    """An index that is built in this process and can be kept in a file."""

    @classmethod
    def build(cls, ids: Ids, vectors: EntryVectors) -> Self:
        """An index of the entries ``ids`` int64 ``(n,)``, their ``vectors`` ``(n, dim)``.

        Raises:
            InputError: the two do not fit, an id stands twice, or a vector is zero or not finite.
        """

    @classmethod
    def build_to_file(
        cls,
        file: BinaryIO,
        entries: Entries,
        asked: Callable[[], NDArray[np.float32]] | None = None,
    ) -> tuple[Self, slice]:
        """Build an index, and write into a file all that ``load`` needs.

        Args:
            file: on disk, open for writing and reading.
            entries: read in parts, so that they may be larger than the memory.
            asked: gives some queries such as will be asked, float32 ``(q, dim)``, for an index
                that is tuned; others do not call it.

        Returns:
            The index, and which bytes of the file are vectors that stay on disk.

        Raises:
            InputError: an id stands twice, or a vector is zero or not finite.
        """

    def without(self, ids: Ids) -> Self:
        """The same entries but for some, in the same memory; this index stays as it is.

        Args:
            ids: int64 ``(n,)``, those that are found no more; some may not be held at all.
        """

    def save(self, file: BinaryIO) -> None:
        """Write all that ``load`` needs."""

    @classmethod
    def load(cls, file: BinaryIO) -> Self:
        """The index that ``save`` wrote; what it reads must be whole (see ``firs.index.cache``)."""
