"""Searches of a collection on a server: ``ServerFinding`` is to it what ``Finding`` is to a folder.

``Collection`` gives it what it reads, and lets ``search``, ``space`` and ``passing`` be
answered by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.searcher import SearchRequest, run_search, single
from firs.filters import Filter
from firs.milvus.encoder_registry import EncoderRegistry
from firs.milvus.expansion import CachedExpansion, Expansions
from firs.milvus.filters import Condition
from firs.milvus.hubness import CachedHubness, Calibrations
from firs.milvus.images import Samples, ServerImages
from firs.milvus.index import MilvusIndex
from firs.milvus.index_config import IndexConfigStore
from firs.milvus.schema import vectors_of
from firs.milvus.server import Server
from firs.ranking import Ranking
from firs.storage.encoders import AskedEncoders, EncoderInUse, EncodersInUse, some_held
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.search import EmbeddingSearcher


class ServerFinding:
    """Searcher of one collection; cached data is read again after changes.

    Args:
        server: the connection.
        name: name of the collection.
        holding: registry of the encoders.
        encoders: encoders in use.
        uses: index configurations.
        calibrations: stored calibrations.
        expansions: stored expansions.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        holding: EncoderRegistry,
        encoders: EncodersInUse,
        uses: IndexConfigStore,
        calibrations: Calibrations,
        expansions: Expansions,
    ) -> None:
        self._server = server
        self._name = name
        self._holding = holding
        self._encoders = encoders
        self._uses = uses
        self._samples = Samples(server, name)
        self._hubness = CachedHubness(calibrations)
        self._expansion = CachedExpansion(expansions)

    def run(self, wanted: SearchRequest) -> Ranking:
        """Search the collection as it is now."""
        return run_search(wanted, self._spaces(wanted.encoder, wanted.where), self._hashes)

    @contextmanager
    def space(self, encoder: AskedEncoders, where: Filter | None) -> "Iterator[EmbeddingSearcher]":
        """Yield a searcher of one encoder, usable after the context, too.

        Raises:
            InputError: there is more than one encoder.
        """
        yield single(self._spaces(encoder, where))

    def part(self, encoder: EncoderInUse, record: EncoderRecord, where: str) -> "EmbeddingSearcher":
        """Return a searcher of the images that match an expression; of all without one."""
        return self._space(encoder, record, None, where)

    def passing(self, where: Filter) -> Ids:
        """The images that pass a filter: int64 ``(n,)``, ascending."""
        return Condition.of(where).ids(self._server, self._name)

    def _spaces(
        self, encoder: AskedEncoders, where: Filter | None
    ) -> "Sequence[EmbeddingSearcher]":
        stored = some_held(self._holding.records(), str(self._server.address))
        used = self._encoders.those(encoder, stored)
        records = [
            each.matching_record(stored) for each in used
        ]  # a mistake is told before any searching
        condition = Condition.of(where)
        subset = condition.ids(self._server, self._name) if condition.patterns else None
        expression = "" if condition.patterns else condition.expression
        return [
            self._space(encoder, record, subset, expression)
            for encoder, record in zip(used, records, strict=True)
        ]

    def _space(
        self, encoder: EncoderInUse, record: EncoderRecord, subset: Ids | None, where: str
    ) -> "EmbeddingSearcher":
        from firs.search.shortlist import RemoteSearcher

        home, use = vectors_of(self._name, record.name), self._uses.of(record.name)
        index = MilvusIndex(self._server, home, record.dim, use, where)
        images = ServerImages(
            self._server, self._name, record, index, lambda: self._samples.table(record)
        )

        def told(vectors: "Vectors") -> Ids:
            found = self._expansion.images_near(record.name, vectors)
            if subset is not None:
                return np.intersect1d(found, subset)
            return index.passing(found) if where else found

        return RemoteSearcher(
            record.name,
            lambda: encoder.open([record]),
            index,
            images,
            subset,
            fingerprint=record.fingerprint,
            revision=record.revision,
            hubness=lambda space: self._hubness.of(space, images.matrix()),
            expansion=lambda space: self._expansion.of(space, images.matrix()),
            expansion_candidates=told,
            is_index_filtered=bool(where),
            residuals=lambda space: self._hubness.residuals(
                space, index.search_by_text, images.fetch
            ),
        )

    def _hashes(self, ids: Ids) -> Mapping[int, bytes]:
        """Of the contents of some images, by id."""
        rows = self._server.get(self._name, ids.tolist(), ("hash",))
        return {int(id_): bytes.fromhex(row["hash"]) for id_, row in rows.items()}
