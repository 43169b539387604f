"""By which index each encoder's vectors on a server are searched, as the collection notes it."""

import threading
from collections.abc import Mapping
from typing import Any

from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.index import IndexConfig
from firs.milvus.index_kinds import FLAT, KINDS, Bits
from firs.milvus.schema import slug, vectors_of
from firs.milvus.server import Server

CHOSEN, BITS = "index", "bits"


def bits_of(name: str, encoder: str) -> str:
    """Return the name of the Milvus collection with an encoder's bits."""
    return f"{name}_b_{slug(encoder)}"


class IndexConfigStore:
    """How the vectors of one collection's encoders are searched.

    Args:
        server: where they are.
        name: of the collection.
        notes: of it.
    """

    def __init__(self, server: Server, name: str, notes: MilvusDocuments) -> None:
        self._server = server
        self._name = name
        self._notes = notes
        self._lock = threading.Lock()
        self._held: dict[str, tuple[str | None, IndexConfig]] = {}
        self._held_bits: dict[str, tuple[str | None, Bits | None]] = {}

    def of(self, encoder: str) -> IndexConfig:
        """How an encoder's vectors are searched now."""
        stamp = self._notes.stamp(CHOSEN, encoder)
        with self._lock:
            stored = self._held.get(encoder)
            if stored is None or stored[0] != stamp:
                stored = self._held[encoder] = stamp, self._read(encoder)
            return stored[1]

    def chosen_kind(self, encoder: str) -> str | None:
        """Return the chosen kind; None if the size decides."""
        kind = self._load(encoder).get("kind")
        return kind if isinstance(kind, str) else None

    def choose(self, encoder: str, kind: str | None, used: str) -> None:
        """Search by a kind from now on.

        Args:
            encoder: name of the encoder.
            kind: the chosen kind.
            used: that is used for it.
        """
        self._notes.put(CHOSEN, {encoder: {"kind": kind, "used": used}})

    def bits(self, encoder: str) -> Bits | None:
        """The bits that are kept in step with an encoder's vectors, if there are any.

        Anyone who writes vectors writes ``Bits.rows`` of the same rows into ``Bits.name``.
        """
        stamp = self._notes.stamp(BITS, encoder)
        with self._lock:
            stored = self._held_bits.get(encoder)
            if stored is None or stored[0] != stamp:
                bits = None if stamp is None else self._read_bits(encoder)
                stored = self._held_bits[encoder] = stamp, bits
            return stored[1]

    def keep(self, encoder: str, bits: Bits | None) -> None:
        """Have bits kept in step with an encoder's vectors from now on, or no longer."""
        if bits is None:
            with self._notes.removing(IMAGES):
                self._notes.forget(BITS, [encoder])
                self._server.drop(bits_of(self._name, encoder))
        else:
            self._notes.put(BITS, {encoder: bits.to_json()})

    def forget(self, encoder: str) -> None:
        """Remove all settings of an encoder when its embeddings are removed."""
        self._notes.forget(CHOSEN, [encoder])
        self.keep(encoder, None)

    def _read(self, encoder: str) -> IndexConfig:
        kind = KINDS.load(self._load(encoder).get("used") or FLAT.name)
        bits = self._read_bits(encoder) if kind.on_bits else None
        home = vectors_of(self._name, encoder) if bits is None else bits.name
        index = self._server.index(home)
        return IndexConfig(kind, {} if index is None else index.params, bits)

    def _read_bits(self, encoder: str) -> Bits | None:
        told = self._notes.get(BITS, [encoder]).get(encoder)
        return None if told is None else Bits.of(bits_of(self._name, encoder), told)

    def _load(self, encoder: str) -> Mapping[str, Any]:
        return self._notes.get(CHOSEN, [encoder]).get(encoder, {})
