"""Whose vectors a collection on a server holds."""

import numpy as np

from firs.collection.records import EncoderInfo, EncoderRecord
from firs.collection.rows import Ids, StoredVectors
from firs.milvus.fields import KEY
from firs.milvus.notes import Notes
from firs.milvus.schema import encoders, vectors_of
from firs.milvus.server import Server


class Holding:
    """The encoders of one collection.

    Args:
        server: is read from.
        name: of the collection.
        notes: of it, which tell the revisions.
    """

    def __init__(self, server: Server, name: str, notes: Notes) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._ready: set[str] = set()

    def infos(self) -> list[EncoderInfo]:
        """Those of which there are vectors, the oldest first, and how many."""
        revisions = self._notes.all("revision")
        known = [each for each in encoders(self._server, self._name) if self._is_ready(each)]
        counts = [self._server.count(vectors_of(self._name, each.name)) for each in known]
        return [
            EncoderInfo(
                each.name,
                each.fingerprint,
                each.dim,
                each.dtype,
                revision=revisions.get(each.name, {}).get("revision", 0),
                vectors=count,
            )
            for each, count in zip(known, counts, strict=True)
            if count
        ]

    def records(self) -> list[EncoderRecord]:
        """The same without how many."""
        return [
            EncoderRecord(each.name, each.fingerprint, each.dim, each.dtype, each.revision)
            for each in self.infos()
        ]

    def vectors(self, encoder: EncoderRecord) -> tuple[Ids, StoredVectors]:
        """All vectors of one: ids int64 ``(n,)``, ascending, and ``(n, dim)`` as they are kept."""
        ids: list[int] = []
        parts = [np.empty((0, encoder.dim), encoder.dtype)]
        home = vectors_of(self._name, encoder.name)
        for some in self._server.iterate(home, fields=("vector",)):
            ids += [row[KEY] for row in some]
            parts.append(
                np.array([row["vector"] for row in some], np.float32).astype(encoder.dtype)
            )
        return np.array(ids, dtype=np.int64), np.concatenate(parts)

    def _is_ready(self, encoder: EncoderRecord) -> bool:
        """Whether what holds its vectors is wholly made; another may be at it."""
        home = vectors_of(self._name, encoder.name)
        if home not in self._ready and self._server.index(home) is not None:
            self._ready.add(home)
        return home in self._ready
