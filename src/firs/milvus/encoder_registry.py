"""The encoders that a collection on a server has embeddings of, and the index of each one's."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import numpy as np

from firs.encoders import Encoder
from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.index import IndexConfig
from firs.milvus.index_kinds import FLAT, KINDS, Bits
from firs.milvus.schema import KEY, encoders, make_vectors, slug, vectors_of
from firs.milvus.server import Server
from firs.storage.records import EncoderInfo, EncoderRecord
from firs.storage.rows import Ids, StoredVectors

Value = TypeVar("Value")

_OLDEST = 5.0
"""Seconds for which the list of encoders is cached."""


class EncoderRegistry:
    """Registry of the encoders of one collection.

    Args:
        notes: documents of the collection, with the revisions.
    """

    def __init__(self, notes: MilvusDocuments) -> None:
        self._server = notes.server
        self._name = notes.name
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
            EncoderInfo(*_fields(each), revision=revisions.get(each.name, 0), vectors=count)
            for each, count in zip(known, counts, strict=True)
            if count
        ]
        self._known_at = time.monotonic()
        return self._known

    def records(self) -> list[EncoderRecord]:
        """Return the encoders with embeddings, from a list that may be some seconds old."""
        is_new = time.monotonic() - self._known_at < _OLDEST
        revisions = self._revisions() if is_new and self._known else {}
        return [
            EncoderRecord(*_fields(each), revision=revisions.get(each.name, each.revision))
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
        for rows in self._server.iterate(home, fields=("vector",)):
            ids += [row[KEY] for row in rows]
            vectors = np.array([row["vector"] for row in rows], np.float32)
            parts.append(vectors.astype(encoder.dtype))
        return np.array(ids, dtype=np.int64), np.concatenate(parts)

    def _revisions(self) -> dict[str, int]:
        return {name: int(body["revision"]) for name, body in self._notes.each("revision")}

    def _is_ready(self, encoder: EncoderRecord) -> bool:
        """Return whether the encoder's Milvus collection is completely created."""
        home = vectors_of(self._name, encoder.name)
        if home not in self._ready and self._server.index(home) is not None:
            self._ready.add(home)
        return home in self._ready


def _fields(encoder: EncoderRecord | EncoderInfo) -> tuple[str, str, int, str]:
    return encoder.name, encoder.fingerprint, encoder.dim, encoder.dtype


def register_encoder(server: Server, name: str, encoder: Encoder, dtype: str) -> EncoderRecord:
    """Create the Milvus collection of an encoder's embeddings, if it does not exist.

    One without embeddings is replaced if the encoder has other weights by now.

    Returns:
        The record of the encoder as stored.
    """
    record = EncoderRecord(encoder.name, encoder.fingerprint, encoder.dim, dtype, revision=0)
    for each in encoders(server, name):
        if each.name == encoder.name:
            if has_vectors(server, name, each):
                return each
            if each != record:
                server.drop(vectors_of(name, each.name))
    make_vectors(server, name, record)
    return record


def has_vectors(server: Server, name: str, encoder: EncoderRecord) -> bool:
    """Return whether an encoder has embeddings; its Milvus collection may be incomplete."""
    home = vectors_of(name, encoder.name)
    return server.index(home) is not None and server.count(home) > 0


CHOSEN, BITS = "index", "bits"
"""Kinds of documents, both per encoder: the index kind, and its binary codes."""


def bits_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection with an encoder's binary codes."""
    return f"{name}_b_{slug(encoder)}"


class IndexConfigStore:
    """The index configurations of one collection's encoders.

    Args:
        notes: documents of the collection.
    """

    def __init__(self, notes: MilvusDocuments) -> None:
        self._server = notes.server
        self._name = notes.name
        self._notes = notes
        self._lock = threading.Lock()
        self._configs: dict[str, tuple[str | None, IndexConfig]] = {}
        self._bits: dict[str, tuple[str | None, Bits | None]] = {}

    def of(self, encoder: str) -> IndexConfig:
        """Return the current configuration for an encoder's embeddings."""
        return self._lookup(self._configs, CHOSEN, encoder, self._read)

    def bits(self, encoder: str) -> Bits | None:
        """Return the binary codes to update with an encoder's embeddings, if there are any.

        Anyone who writes embeddings writes ``Bits.rows`` of the same rows into ``Bits.name``.
        """
        return self._lookup(self._bits, BITS, encoder, self._read_bits)

    def chosen_kind(self, encoder: str) -> str | None:
        """Return the chosen kind; None if the size decides."""
        kind = self._document(encoder).get("kind")
        return kind if isinstance(kind, str) else None

    def choose(self, encoder: str, kind: str | None, used: str) -> None:
        """Search by a kind from now on.

        Args:
            encoder: name of the encoder.
            kind: the chosen kind; None lets the size decide.
            used: the kind that is used for it.
        """
        self._notes.put(CHOSEN, {encoder: {"kind": kind, "used": used}})

    def set_bits(self, encoder: str, bits: Bits | None) -> None:
        """Update these binary codes with an encoder's embeddings from now on; None removes them."""
        if bits is None:
            with self._notes.removing(IMAGES):
                self._notes.forget(BITS, [encoder])
                self._server.drop(bits_of(self._name, encoder))
        else:
            self._notes.put(BITS, {encoder: bits.to_json()})

    def forget(self, encoder: str) -> None:
        """Remove all settings of an encoder when its embeddings are removed."""
        self._notes.forget(CHOSEN, [encoder])
        self.set_bits(encoder, None)

    def _lookup(
        self,
        cache: dict[str, tuple[str | None, Value]],
        kind: str,
        encoder: str,
        read: Callable[[str], Value],
    ) -> Value:
        """Return a cached value, read again if its document has changed."""
        stamp = self._notes.stamp(kind, encoder)
        with self._lock:
            if encoder not in cache or cache[encoder][0] != stamp:
                cache[encoder] = stamp, read(encoder)
            return cache[encoder][1]

    def _read(self, encoder: str) -> IndexConfig:
        kind = KINDS.load(self._document(encoder).get("used") or FLAT.name)
        bits = self._read_bits(encoder) if kind.on_bits else None
        home = vectors_of(self._name, encoder) if bits is None else bits.name
        index = self._server.index(home)
        return IndexConfig(kind, {} if index is None else index.params, bits)

    def _read_bits(self, encoder: str) -> Bits | None:
        document = self._notes.get(BITS, [encoder]).get(encoder)
        return None if document is None else Bits.of(bits_of(self._name, encoder), document)

    def _document(self, encoder: str) -> Mapping[str, Any]:
        return self._notes.get(CHOSEN, [encoder]).get(encoder, {})
