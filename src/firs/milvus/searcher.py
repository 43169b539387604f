"""Searches of the images on a server: one searcher per encoder, with data cached in memory."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.calibrations import CalibrationStore
from firs.filters import Filter
from firs.milvus.documents import MilvusDocuments
from firs.milvus.encoder_registry import EncoderRegistry, IndexConfigStore
from firs.milvus.expansion import CachedExpansion
from firs.milvus.expansions import ServerExpansions
from firs.milvus.filters import Condition
from firs.milvus.hubness import CachedHubness, ImageResiduals
from firs.milvus.images import Samples, ServerImages
from firs.milvus.index import MilvusIndex
from firs.milvus.schema import vectors_of
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.encoders import Vectors
    from firs.expansion import Expansion
    from firs.search import EmbeddingSearcher


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
        """Return the encoders that the store has embeddings of."""
        return self._registry.records()

    def searchers(
        self, encoders: Sequence[tuple[EncoderInUse, EncoderRecord]], where: Filter | None
    ) -> "list[EmbeddingSearcher]":
        """Return one searcher per encoder, over the images that pass a filter."""
        condition = Condition.of(where)
        subset = condition.ids(self._server, self._name) if condition.patterns else None
        expression = "" if condition.patterns else condition.expression
        return [self.searcher(*each, expression, subset) for each in encoders]

    def filter_ids(self, where: Filter) -> Ids:
        """Return the ids of the images that pass a filter: int64 ``(n,)``, ascending."""
        return Condition.of(where).ids(self._server, self._name)

    def hashes(self, ids: Ids) -> Mapping[int, bytes]:
        """Return the content hashes of images by id."""
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
        """Return the hubness correction of a searcher's matrix; None if it was not measured."""
        return self.cached.of(searcher, self.images.matrix())

    def residuals(self, searcher: "EmbeddingSearcher") -> "ImageResiduals | None":
        """Return the residuals of single images, if the hubness was measured."""
        return self.cached.residuals(searcher, self.index.search_by_text, self.images.fetch)


@dataclass(frozen=True, slots=True)
class ServerExpansion:
    """Expansion of one encoder's text scores: ``firs.search.shortlist.RemoteExpansion``."""

    cached: CachedExpansion
    encoder: str
    images: ServerImages
    index: MilvusIndex
    subset: Ids | None
    is_index_filtered: bool

    def expansion(self, searcher: "EmbeddingSearcher") -> "Expansion | None":
        """Return the expansion of a searcher's matrix; None if there is none."""
        return self.cached.of(searcher, self.images.matrix())

    def candidates(self, vectors: "Vectors") -> Ids:
        """Return ids of images in the subset with texts near some vectors."""
        found = self.cached.images_near(self.encoder, vectors)
        if self.subset is not None:
            return np.intersect1d(found, self.subset)
        return self.index.passing(found) if self.is_index_filtered else found
