"""Searches of the images on a server: one searcher per encoder, with data cached in memory."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.collection.calibrations import CalibrationStore
from firs.collection.expansions import MOVES
from firs.filters import Filter
from firs.milvus.documents import MilvusDocuments
from firs.milvus.encoder_registry import EncoderRegistry, IndexConfigStore
from firs.milvus.expansions import ServerExpansions, entry_of, move_of, texts_of
from firs.milvus.hubness import CachedHubness, ImageResiduals
from firs.milvus.images import Samples, ServerImages
from firs.milvus.index import MilvusIndex
from firs.milvus.queries import Condition
from firs.milvus.schema import Row, vectors_of
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.encoders import Vectors
    from firs.expansion import Captions, Expansion, Moves
    from firs.expansion.captions import Balance
    from firs.search import EmbeddingMatrix, EmbeddingSearcher

CACHED = 4_000
"""Maximum number of texts and moves that are cached completely."""
SCALE = 2_000
"""Number of texts for the scale of text cosines."""
NEAREST = 300
"""Number of nearest texts whose images join a shortlist."""


class MilvusSnapshots:
    """The searchable state of a collection on a server: ``firs.collection.searcher.Snapshot``.

    A server has no snapshots: each search reads its current state.

    Args:
        notes: documents of the collection.
        registry: its encoders.
        configs: their index configurations.
        calibrations: stored calibrations.
        expansions: stored expansions.
    """

    def __init__(
        self,
        notes: MilvusDocuments,
        registry: EncoderRegistry,
        configs: IndexConfigStore,
        calibrations: CalibrationStore,
        expansions: ServerExpansions,
    ) -> None:
        self._server = notes.server
        self._name = notes.name
        self._registry = registry
        self._configs = configs
        self._samples = Samples(notes.server, notes.name)
        self._hubness = CachedHubness(calibrations)
        self._expansion = CachedExpansion(expansions)

    def open(self) -> "AbstractContextManager[MilvusSnapshots]":
        """Return a context of the current state; searchers are usable after it, too."""
        return nullcontext(self)

    def encoders(self) -> list[EncoderRecord]:
        return self._registry.records()

    def searchers(
        self, encoders: Sequence[tuple[EncoderInUse, EncoderRecord]], where: Filter | None
    ) -> "list[EmbeddingSearcher]":
        condition = Condition.of(where)
        subset = condition.ids(self._server, self._name) if condition.patterns else None
        expression = "" if condition.patterns else condition.expression
        return [self.searcher(*each, expression, subset) for each in encoders]

    def filter_ids(self, where: Filter) -> Ids:
        return Condition.of(where).ids(self._server, self._name)

    def hashes(self, ids: Ids) -> Mapping[int, bytes]:
        found = self._server.get(self._name, ids.tolist(), ("hash",))
        return {int(id_): bytes.fromhex(row["hash"]) for id_, row in found.items()}

    def searcher(
        self, encoder: EncoderInUse, record: EncoderRecord, where: str, subset: Ids | None = None
    ) -> "EmbeddingSearcher":
        """Return a searcher of the images in a subset that match an expression, if given."""
        from firs.search.shortlist import RemoteSearcher

        home, config = vectors_of(self._name, record.name), self._configs.of(record.name)
        index = MilvusIndex(self._server, home, record.dim, config, where)
        images = ServerImages(
            self._server, self._name, record, index, lambda: self._samples.table(record)
        )
        return RemoteSearcher(
            record.name,
            partial(encoder.open, [record]),
            index,
            images,
            subset,
            fingerprint=record.fingerprint,
            revision=record.revision,
            calibration_source=ServerCalibration(self._hubness, images, index),
            expansion_source=ServerExpansion(
                self._expansion, record.name, images, index, subset, is_index_filtered=bool(where)
            ),
            is_index_filtered=bool(where),
        )


@dataclass(frozen=True, slots=True)
class ServerCalibration:
    """Calibration of one encoder's text scores: ``firs.search.shortlist.RemoteCalibration``."""

    cached: CachedHubness
    images: ServerImages
    index: MilvusIndex

    def hubness(self, searcher: "EmbeddingSearcher") -> "Hubness | None":
        return self.cached.of(searcher, self.images.matrix())

    def residuals(self, searcher: "EmbeddingSearcher") -> "ImageResiduals | None":
        """Return the residuals of single images, if the hubness was measured."""
        return self.cached.residuals(searcher, self.index.search_by_text, self.images.fetch)


@dataclass(frozen=True, slots=True)
class ServerExpansion:
    """Expansion of one encoder's text scores: ``firs.search.shortlist.RemoteExpansion``."""

    cached: "CachedExpansion"
    encoder: str
    images: ServerImages
    index: MilvusIndex
    subset: Ids | None
    is_index_filtered: bool

    def expansion(self, searcher: "EmbeddingSearcher") -> "Expansion | None":
        return self.cached.of(searcher, self.images.matrix())

    def candidates(self, vectors: "Vectors") -> Ids:
        found = self.cached.images_near(self.encoder, vectors)
        if self.subset is not None:
            return np.intersect1d(found, self.subset)
        return self.index.passing(found) if self.is_index_filtered else found


class CachedExpansion:
    """Expansion of the scores of shortlists, with cached texts and moves.

    The entries of the shortlist's images are read, and those of the sample are cached; the scale of
    text cosines is computed from a sample of all texts. If there are few entries, all are cached.

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
        if state is None or not self._expansions.steps(space.name):
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

    texts = [step for step in expansions.steps(encoder) if step.kind != MOVES]
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
