"""Expansion of the scores of a shortlist, by the texts and moves that a server stores.

The entries of the shortlist's images are read, and those of the sample are cached; the scale of
text cosines is computed from a sample of all texts. If there are few entries, all are cached.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.collection.expansions import MOVES
from firs.milvus.expansions import ServerExpansions, entry_of, move_of, texts_of
from firs.milvus.schema import Row

if TYPE_CHECKING:
    from firs.expansion import Captions, Expansion, Moves
    from firs.expansion.captions import Balance
    from firs.index.base import Ids
    from firs.search import EmbeddingMatrix, EmbeddingSearcher

CACHED = 4_000
"""Maximum number of texts and moves that are cached completely."""
SCALE = 2_000
"""Number of texts for the scale of text cosines."""
NEAREST = 300
"""Number of nearest texts whose images join a shortlist."""


class CachedExpansion:
    """Cache of the text statistics and of the entries of the sample.

    Args:
        expansions: storage of texts and moves.
    """

    def __init__(self, expansions: ServerExpansions) -> None:
        self._expansions = expansions
        self._lock = threading.Lock()
        self._cached: dict[str, _CachedRows] = {}

    def of(self, space: "EmbeddingSearcher", sample: "EmbeddingMatrix") -> "Expansion | None":
        """Return the expansion of a searcher's scores, if the encoder's are expanded.

        Args:
            space: with a shortlist, or with the sample alone.
            sample: sample of all images.
        """
        from firs.expansion import Expansion

        state = self._expansions.state(space.name)
        if state is None or not self._expansions.acts(space.name):
            return None
        if space.matrix is sample:
            return Expansion(state)
        return self._cache(space.name, state, sample).expansion(space.matrix, self._expansions)

    def images_near(self, encoder: str, vectors: NDArray[np.float32]) -> "Ids":
        """Return the images of the texts nearest to some vectors: int64 ``(n,)``."""
        found = self._expansions.nearest(encoder, vectors, NEAREST)
        images = {int(row["image"]) for each in found for row in each.rows}
        return np.array(sorted(images), dtype=np.int64)

    def _cache(self, encoder: str, state: str, sample: "EmbeddingMatrix") -> "_CachedRows":
        with self._lock:
            stored = self._cached.get(encoder)
            if stored is None or stored.state != state or stored.sample is not sample:
                stored = self._cached[encoder] = _read(encoder, state, sample, self._expansions)
            return stored


@dataclass(frozen=True)
class _CachedRows:
    """Rows that are read once, and what is derived from them.

    Args:
        encoder: name of the encoder.
        state: identifier of its texts and moves.
        sample: sample of all images.
        reference: everyday texts; None if there are only moves.
        balance: parameters of caption scores.
        rows: rows of the sample's images, or of all.
        scale: a sample of all texts; None if ``rows`` are all.
    """

    encoder: str
    state: str
    sample: "EmbeddingMatrix"
    reference: NDArray[np.float32] | None
    balance: "Balance"
    rows: Sequence[Row]
    scale: NDArray[np.float32] | None = field(default=None)

    def expansion(self, table: "EmbeddingMatrix", expansions: ServerExpansions) -> "Expansion":
        from firs.expansion import Expansion

        rows = [*self.rows, *self._rows_of_others(table, expansions)]
        captions, texts = self._captions([row for row in rows if not row["is_move"]], table)
        moves, queries = _moves((row for row in rows if row["is_move"]), table)
        return Expansion(self.state, captions, texts.__getitem__, moves, queries.__getitem__)

    def _rows_of_others(
        self, table: "EmbeddingMatrix", expansions: ServerExpansions
    ) -> Iterable[Row]:
        """Return the rows of images outside the sample, unless all rows are cached."""
        if self.scale is None:
            return ()
        others = np.setdiff1d(table.ids, self.sample.ids).tolist()
        return expansions.rows(self.encoder, others) if others else ()

    def _captions(
        self, rows: Sequence[Row], table: "EmbeddingMatrix"
    ) -> "tuple[Captions | None, Sequence[str]]":
        from firs.expansion import Captions

        known = set(table.filter_known([int(row["image"]) for row in rows]))
        rows = [row for row in rows if int(row["image"]) in known]
        if not rows or self.reference is None:
            return None, ()
        owners = table.positions(np.array([row["image"] for row in rows], dtype=np.int64))
        order = np.argsort(owners, kind="stable")
        vectors = _vectors(rows)[order]
        scale, whole = self._scale(rows), table.population
        made = Captions(vectors, owners[order], self.reference, self.balance, scale, whole)
        return made, [rows[at]["text"] for at in order.tolist()]

    def _scale(self, rows: Sequence[Row]) -> NDArray[np.float32] | None:
        """Return the texts for the scale, unless the given rows are complete."""
        if self.scale is not None:
            return self.scale
        every = [row for row in self.rows if not row["is_move"]]
        return None if len(every) == len(rows) else _vectors(every)


def _read(
    encoder: str, state: str, sample: "EmbeddingMatrix", expansions: ServerExpansions
) -> _CachedRows:
    from firs.expansion.captions import Balance

    texts = [act for act in expansions.acts(encoder) if act.kind != MOVES]
    reference = texts[-1].texts.astype(np.float32) if texts else None
    balance = Balance(**texts[-1].settings["balance"]) if texts else Balance()
    rows = list(islice(expansions.rows(encoder), CACHED + 1))
    if len(rows) <= CACHED:
        return _CachedRows(encoder, state, sample, reference, balance, rows)
    some = list(islice(expansions.rows(encoder, where="is_move == 0"), SCALE))
    of_sample = list(expansions.rows(encoder, sample.ids.tolist()))
    return _CachedRows(encoder, state, sample, reference, balance, of_sample, _vectors(some))


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
    per_image = [sorted(found[image], key=lambda row: int(row["act"])) for image in images.tolist()]
    moves = [together([move_of(row) for row in rows]) for rows in per_image]
    texts = [tuple(text for row in rows for text in texts_of(row)) for rows in per_image]
    return Moves(places, moves), texts


def _vectors(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Return the embeddings of texts as stored: float16."""
    return np.array([entry_of(row).data for row in rows], dtype=np.float32)
