"""Searches of a collection on a server: ``ServerFinding`` is to it what ``Finding`` is to a folder.

``MilvusCollection`` gives it what it reads, and lets ``search``, ``space`` and ``passing`` be
answered by it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from firs.collection.encoding import AskedEncoders, EncoderInUse, EncodersInUse, some_held
from firs.collection.finding import Wanted, answered, single
from firs.collection.records import EncoderRecord
from firs.collection.rows import Ids
from firs.filter import Filter
from firs.milvus.expansion import Expansions, HeldExpansion
from firs.milvus.holding import Holding
from firs.milvus.hubness import Calibrations, HeldHubness
from firs.milvus.images import Samples, ServerImages
from firs.milvus.index import MilvusIndex
from firs.milvus.passing import Condition
from firs.milvus.schema import vectors_of
from firs.milvus.server import Server
from firs.milvus.using import Uses
from firs.ranking import Ranking

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.search import Space


class ServerFinding:
    """Searches one collection; what it holds in memory is read again when it has changed.

    Args:
        server: is asked.
        name: of the collection.
        holding: whose vectors there are.
        encoders: those in use.
        uses: how each encoder's vectors are searched.
        calibrations: what was measured of them.
        expansions: what stands for images, and moves them.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        holding: Holding,
        encoders: EncodersInUse,
        uses: Uses,
        calibrations: Calibrations,
        expansions: Expansions,
    ) -> None:
        self._server = server
        self._name = name
        self._holding = holding
        self._encoders = encoders
        self._uses = uses
        self._samples = Samples(server, name)
        self._hubness = HeldHubness(calibrations)
        self._expansion = HeldExpansion(expansions)

    def run(self, wanted: Wanted) -> Ranking:
        """Search the collection as it is now."""
        return answered(wanted, self._spaces(wanted.encoder, wanted.where), self._hashes)

    @contextmanager
    def space(self, encoder: AskedEncoders, where: Filter | None) -> "Iterator[Space]":
        """The collection as one encoder sees it; it can be asked after the context, too.

        Raises:
            InputError: several encoders are meant.
        """
        yield single(self._spaces(encoder, where))

    def part(self, encoder: EncoderInUse, record: EncoderRecord, where: str) -> "Space":
        """Return a space of the images for which an expression holds; of all if it is empty."""
        return self._space(encoder, record, None, where)

    def passing(self, where: Filter) -> Ids:
        """The images that pass a filter: int64 ``(n,)``, ascending."""
        return Condition.of(where).ids(self._server, self._name)

    def _spaces(self, encoder: AskedEncoders, where: Filter | None) -> "Sequence[Space]":
        held = some_held(self._holding.records(), str(self._server.address))
        used = self._encoders.those(encoder, held)
        records = [each.held(held) for each in used]  # a mistake is told before any searching
        condition = Condition.of(where)
        among = condition.ids(self._server, self._name) if condition.patterns else None
        expression = "" if condition.patterns else condition.expression
        return [
            self._space(encoder, record, among, expression)
            for encoder, record in zip(used, records, strict=True)
        ]

    def _space(
        self, encoder: EncoderInUse, record: EncoderRecord, among: Ids | None, where: str
    ) -> "Space":
        from firs.search.shortlist import FarSpace  # FAISS is for those who search

        home, use = vectors_of(self._name, record.name), self._uses.of(record.name)
        index = MilvusIndex(self._server, home, record.dim, use, where)
        images = ServerImages(
            self._server, self._name, record, index, lambda: self._samples.table(record)
        )

        def told(vectors: "Vectors") -> Ids:
            found = self._expansion.images_near(record.name, vectors)
            if among is not None:
                return np.intersect1d(found, among)
            return index.passing(found) if where else found

        return FarSpace(
            record.name,
            lambda: encoder.open([record]),
            index,
            images,
            among,
            fingerprint=record.fingerprint,
            revision=record.revision,
            hubness=lambda space: self._hubness.of(space, images.table()),
            expansion=lambda space: self._expansion.of(space, images.table()),
            told=told,
            filtered=bool(where),
        )

    def _hashes(self, ids: Ids) -> Mapping[int, bytes]:
        """Of the contents of some images, by id."""
        rows = self._server.get(self._name, ids.tolist(), ("hash",))
        return {int(id_): bytes.fromhex(row["hash"]) for id_, row in rows.items()}
