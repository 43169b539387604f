"""The encoders that a collection on a server has embeddings of."""

import time

import numpy as np

from firs.milvus.documents import MilvusDocuments
from firs.milvus.fields import KEY
from firs.milvus.schema import encoders, vectors_of
from firs.milvus.server import Server
from firs.storage.records import EncoderInfo, EncoderRecord
from firs.storage.rows import Ids, StoredVectors

_OLDEST = 5.0
"""Seconds for which the list of encoders is cached."""


class EncoderRegistry:
    """Registry of the encoders of one collection.

    Args:
        server: the connection.
        name: name of the collection.
        notes: its documents, with the revisions.
    """

    def __init__(self, server: Server, name: str, notes: MilvusDocuments) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._ready: set[str] = set()
        self._known: list[EncoderInfo] = []
        self._known_at = -_OLDEST

    def infos(self) -> list[EncoderInfo]:
        """Return the encoders with embeddings, the oldest first, with their numbers."""
        revisions = self._revisions()
        known = [each for each in encoders(self._server, self._name) if self._is_ready(each)]
        counts = [self._server.count(vectors_of(self._name, each.name)) for each in known]
        self._known = [
            EncoderInfo(
                each.name,
                each.fingerprint,
                each.dim,
                each.dtype,
                revision=revisions.get(each.name, 0),
                vectors=count,
            )
            for each, count in zip(known, counts, strict=True)
            if count
        ]
        self._known_at = time.monotonic()
        return self._known

    def records(self) -> list[EncoderRecord]:
        """Return the same without how many: which they are may be known from some seconds ago."""
        is_new = time.monotonic() - self._known_at < _OLDEST
        revisions = self._revisions() if is_new and self._known else {}
        return [
            EncoderRecord(
                each.name,
                each.fingerprint,
                each.dim,
                each.dtype,
                revision=revisions.get(each.name, each.revision),
            )
            for each in (self._known if revisions else self.infos())
        ]

    def invalidate(self) -> None:
        """Read the encoders again after this process has added or removed embeddings."""
        self._known_at = -_OLDEST

    def vectors(self, encoder: EncoderRecord) -> tuple[Ids, StoredVectors]:
        """Return all embeddings of an encoder: ids int64 ``(n,)``, ascending, and ``(n, dim)``."""
        ids: list[int] = []
        parts = [np.empty((0, encoder.dim), encoder.dtype)]
        home = vectors_of(self._name, encoder.name)
        for some in self._server.iterate(home, fields=("vector",)):
            ids += [row[KEY] for row in some]
            parts.append(
                np.array([row["vector"] for row in some], np.float32).astype(encoder.dtype)
            )
        return np.array(ids, dtype=np.int64), np.concatenate(parts)

    def _revisions(self) -> dict[str, int]:
        return {name: int(told["revision"]) for name, told in self._notes.all("revision").items()}

    def _is_ready(self, encoder: EncoderRecord) -> bool:
        """Return whether the encoder's Milvus collection is completely created."""
        home = vectors_of(self._name, encoder.name)
        if home not in self._ready and self._server.index(home) is not None:
            self._ready.add(home)
        return home in self._ready
