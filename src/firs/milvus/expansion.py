"""What captions and accepted queries put onto the scores of a shortlist's images.

Of the texts that stand for images those of the images at hand are read, and those of the sample
are held; how cosines of texts spread is told by some of all texts. Where there are few, all are
held.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from firs.collection.expansions import MOVES
from firs.milvus.entries import READ, entry_of, move_of, texts_of
from firs.milvus.server import Hits, Row

if TYPE_CHECKING:
    from firs.expansion import Captions, Expansion, Moves
    from firs.expansion.captions import Balance
    from firs.index.base import Ids
    from firs.search import EmbeddingMatrix, EmbeddingSearcher

HELD = 4_000
"""Texts and moves up to which all are held."""
SCALE = 2_000
"""Texts that tell how cosines of texts spread."""
NEAREST = 300
"""Texts nearest to what is asked whose images join a shortlist."""


class Act(Protocol):
    """An act of adding: see ``firs.milvus.expansions``."""

    @property
    def kind(self) -> str:
        """``captions``, ``queries`` or ``moves``."""

    @property
    def settings(self) -> dict[str, Any]:
        """With texts, how much they count."""

    @property
    def texts(self) -> NDArray[np.float16]:
        """Everyday texts that they are told apart from."""


class Expansions(Protocol):
    """The texts and moves that a collection on a server keeps."""

    def state(self, encoder: str) -> str | None:
        """Tells one state of an encoder's texts and moves from others; None if it has none."""

    def acts(self, encoder: str | None = None) -> Sequence[Act]:
        """All acts of an encoder, the oldest first."""

    def rows(
        self,
        encoder: str,
        images: Sequence[int] | None = None,
        where: str = "",
        fields: Sequence[str] = READ,
    ) -> Iterator[Row]:
        """Texts and moves of some images or of all, by the act and its order."""

    def nearest(self, encoder: str, vectors: NDArray[np.float32], k: int) -> list[Hits]:
        """The texts nearest to each of some vectors, with their images."""


class CachedExpansion:
    """Holds what tells of all texts, and those of the sample's images.

    Args:
        expansions: where texts and moves are kept.
    """

    def __init__(self, expansions: Expansions) -> None:
        self._expansions = expansions
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def of(self, space: "EmbeddingSearcher", sample: "EmbeddingMatrix") -> "Expansion | None":
        """What is put onto the scores of a space's images, if the encoder's are expanded.

        Args:
            space: with some images at hand; with the sample alone, it is only told that it is.
            sample: of all images.
        """
        from firs.expansion import Expansion

        state = self._expansions.state(space.name)
        if state is None or not self._expansions.acts(space.name):
            return None
        if space.matrix is sample:
            return Expansion(state)
        return self._cache(space.name, state, sample).expansion(space.matrix, self._expansions)

    def images_near(self, encoder: str, vectors: NDArray[np.float32]) -> "Ids":
        """The images that the texts nearest to some vectors stand for: int64 ``(n,)``."""
        found = self._expansions.nearest(encoder, vectors, NEAREST)
        images = {int(row["image"]) for each in found for row in each.rows}
        return np.array(sorted(images), dtype=np.int64)

    def _cache(self, encoder: str, state: str, sample: "EmbeddingMatrix") -> "_Held":
        with self._lock:
            held = self._held.get(encoder)
            if held is None or held.state != state or held.sample is not sample:
                held = self._held[encoder] = _read(encoder, state, sample, self._expansions)
            return held


@dataclass(frozen=True)
class _Held:
    """What was read once.

    Args:
        encoder: whose texts and moves.
        state: of them.
        sample: of all images.
        reference: everyday texts; None where there are only moves.
        balance: how much texts count.
        rows: of the sample's images, or all.
        scale: some of all texts; None where ``rows`` are all.
    """

    encoder: str
    state: str
    sample: "EmbeddingMatrix"
    reference: NDArray[np.float32] | None
    balance: "Balance"
    rows: Sequence[Row]
    scale: NDArray[np.float32] | None = field(default=None)

    def expansion(self, table: "EmbeddingMatrix", expansions: Expansions) -> "Expansion":
        from firs.expansion import Expansion

        rows = [*self.rows, *self._of_others(table, expansions)]
        captions, texts = self._captions([row for row in rows if not row["is_move"]], table)
        moves, queries = _moves((row for row in rows if row["is_move"]), table)
        return Expansion(self.state, captions, texts.__getitem__, moves, queries.__getitem__)

    def _of_others(self, table: "EmbeddingMatrix", expansions: Expansions) -> Iterable[Row]:
        """The rows of images that are not in the sample, where these are not held."""
        if self.scale is None:
            return ()
        others = np.setdiff1d(table.ids, self.sample.ids).tolist()
        return expansions.rows(self.encoder, others) if others else ()

    def _captions(
        self, rows: Sequence[Row], table: "EmbeddingMatrix"
    ) -> "tuple[Captions | None, Sequence[str]]":
        from firs.expansion import Captions

        at_hand = set(table.filter_known([int(row["image"]) for row in rows]))
        rows = [row for row in rows if int(row["image"]) in at_hand]
        if not rows or self.reference is None:
            return None, ()
        owners = table.positions(np.array([row["image"] for row in rows], dtype=np.int64))
        order = np.argsort(owners, kind="stable")
        vectors = _vectors(rows)[order]
        scale, whole = self._scale(rows), table.population
        made = Captions(vectors, owners[order], self.reference, self.balance, scale, whole)
        return made, [rows[at]["text"] for at in order.tolist()]

    def _scale(self, rows: Sequence[Row]) -> NDArray[np.float32] | None:
        """The texts that tell the scale, unless those at hand are all there are."""
        if self.scale is not None:
            return self.scale
        every = [row for row in self.rows if not row["is_move"]]
        return None if len(every) == len(rows) else _vectors(every)


def _read(encoder: str, state: str, sample: "EmbeddingMatrix", expansions: Expansions) -> _Held:
    from firs.expansion.captions import Balance

    texts = [act for act in expansions.acts(encoder) if act.kind != MOVES]
    reference = texts[-1].texts.astype(np.float32) if texts else None
    balance = Balance(**texts[-1].settings["balance"]) if texts else Balance()
    rows = list(islice(expansions.rows(encoder), HELD + 1))
    if len(rows) <= HELD:
        return _Held(encoder, state, sample, reference, balance, rows)
    some = list(islice(expansions.rows(encoder, where="is_move == 0"), SCALE))
    of_sample = list(expansions.rows(encoder, sample.ids.tolist()))
    return _Held(encoder, state, sample, reference, balance, of_sample, _vectors(some))


def _moves(
    rows: Iterable[Row], table: "EmbeddingMatrix"
) -> "tuple[Moves | None, Sequence[tuple[str, ...]]]":
    from firs.expansion import Moves
    from firs.expansion.moves import together

    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[int(row["image"])].append(row)
    images = np.array(table.filter_known(list(found)), dtype=np.int64)
    if not len(images):
        return None, ()
    places = table.positions(images)
    images, places = images[np.argsort(places)], np.sort(places)
    of_each = [sorted(found[image], key=lambda row: int(row["act"])) for image in images.tolist()]
    moves = [together([move_of(row) for row in those]) for those in of_each]
    texts = [tuple(text for row in those for text in texts_of(row)) for those in of_each]
    return Moves(places, moves), texts


def _vectors(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Of texts, as they are kept: in half precision."""
    return np.array([entry_of(row).data for row in rows], dtype=np.float32)
