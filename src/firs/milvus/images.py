"""The images on a server for a search: fetched by id, with a sample in memory."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.errors import InputError
from firs.milvus import filters as expressions
from firs.milvus.index import MilvusIndex, stack_rows, vectors_of
from firs.milvus.listing import Listing
from firs.milvus.schema import vectors_of as home_of
from firs.milvus.server import Server
from firs.storage.records import EncoderRecord

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.index.base import Ids
    from firs.search import EmbeddingMatrix
    from firs.search.searcher import Vector
    from firs.search.shortlist import Fetched

_OLDEST = 30.0
"""Seconds for which a sample serves on though vectors came and went, as long as they are few."""
_FEW = 0.02


class Samples:
    """Random samples of each encoder's embeddings: about 2,000, or all if there are fewer.

    Args:
        server: the connection.
        name: name of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def table(self, encoder: EncoderRecord) -> "EmbeddingMatrix":
        """The sample of an encoder's vectors, which knows how many there are in all."""
        with self._lock:
            stored = self._held.get(encoder.name)
            if stored is None or stored.encoder != encoder:
                count = self._server.count(home_of(self._name, encoder.name))
                if stored is None or not stored.serves(encoder, count):
                    stored = _Held(encoder, time.monotonic(), self._draw(encoder, count))
                    self._held[encoder.name] = stored
            return stored.table

    def _draw(self, encoder: EncoderRecord, count: int) -> "EmbeddingMatrix":
        from firs.search.shortlist import SAMPLE, sample_table

        where = expressions.sample_expression(SAMPLE, count)
        rows = self._server.query(home_of(self._name, encoder.name), where, ("vector",))
        ids, vectors = stack_rows(rows)
        return sample_table(ids, vectors.reshape(len(ids), encoder.dim), max(count, len(ids)))


@dataclass(frozen=True, slots=True)
class _Held:
    """A sample, and of what state it was drawn when."""

    encoder: EncoderRecord
    at: float
    table: "EmbeddingMatrix"

    def serves(self, encoder: EncoderRecord, count: int) -> bool:
        """Return whether the sample represents another state as well."""
        from firs.search.shortlist import SAMPLE

        if self.encoder.fingerprint != encoder.fingerprint or count <= SAMPLE:
            return False
        is_new = time.monotonic() - self.at < _OLDEST
        return is_new and abs(count - self.table.count) <= _FEW * count


class ServerImages:
    """The images of one encoder: see ``firs.search.shortlist.RemoteImages``.

    Args:
        server: the connection.
        name: name of the collection.
        encoder: the encoder.
        index: over its embeddings.
        sample: returns the sample.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        encoder: EncoderRecord,
        index: MilvusIndex,
        sample: "Callable[[], EmbeddingMatrix]",
    ) -> None:
        self._server = server
        self._listing = Listing(server, name)
        self._encoder = encoder
        self._home = home_of(name, encoder.name)
        self._index = index
        self._sample = sample

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Return the paths of images, in the order of ``ids``; ``REMOVED`` for missing ones."""
        from firs.search.shortlist import REMOVED

        found = self._listing.paths(ids)
        return [found.get(id_, REMOVED) for id_ in ids]

    def vector(self, id_: int) -> "Vector":
        """The vector of one image.

        Raises:
            InputError: there is no image with this id, or none of its vectors is this encoder's.
        """
        _, vectors = vectors_of(self._server, self._home, [id_])
        if not len(vectors):
            raise self._lacking(id_)
        vector: Vector = vectors[0]
        return vector

    def matrix(self) -> "EmbeddingMatrix":
        """A sample of all."""
        return self._sample()

    def nearest(self, vectors: "Vectors", count: int, subset: "Ids | None") -> "Fetched":
        """The ``count`` images nearest to each of some vectors, all together."""
        return self.fetch(self._index.near(vectors, count, subset))

    def fetch(self, ids: "Ids") -> "Fetched":
        """Return the existing images with an embedding, and their embeddings."""
        found, vectors = vectors_of(self._server, self._home, ids.tolist())
        return found, vectors.reshape(len(found), self._encoder.dim)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """The ids of the same, in their order."""
        found = self._server.get(self._home, ids)
        return [id_ for id_ in ids if id_ in found]

    def _lacking(self, id_: int) -> InputError:
        if not self._listing.paths([id_]):
            return InputError(f"There is no image with the id {id_} in the collection.")
        name = self._encoder.name
        return InputError(
            f"The image {id_} has no vector of {name!r}. Add it: firs index DIR --encoder {name}"
        )
