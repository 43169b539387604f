"""One run of adding to a collection on a server."""

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Encoder
from firs.indexing.vectors import imported
from firs.milvus.catalogue import ServerCatalogue
from firs.milvus.listing import Listing
from firs.milvus.rows import Rows, image_row
from firs.milvus.schema import encoders, make_vectors, vectors_of
from firs.milvus.server import Server
from firs.milvus.stores import Problems
from firs.milvus.writer import ServerWriter
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord


class MilvusIngestSession:
    """See ``firs.indexing.ingest_session``.

    Args:
        server: as one who writes needs it.
        name: of the collection.
        rows: of it.
        problems: of it.
        encoder: the encoder of the added embeddings.
        dtype: how they are kept, where there are none yet.
        folders: the folders of the images.

    Raises:
        EncoderMismatch: the vectors that are there come from other weights.
        EncoderError: the encoder's files are absent or damaged.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        rows: Rows,
        problems: Problems,
        encoder: EncoderInUse,
        dtype: str,
        folders: Sequence[str],
    ) -> None:
        known = encoders(server, name)
        stored = [each for each in known if _has_vectors(server, name, each)]
        self.encoder = encoder.open(stored)
        own = [each for each in stored if each.name == self.encoder.name]
        self.dtype = (own[0] if own else register_encoder(server, name, self.encoder, dtype)).dtype
        self.catalogue = ServerCatalogue(server, name, self.encoder.name, folders)
        self.writer = ServerWriter(rows, problems, self.encoder.name, self.dtype, self.catalogue)

    def transaction(self) -> AbstractContextManager[None]:
        """What is written inside is on the server for good when this ends."""
        return self.writer.transaction()

    def missing_embeddings(self) -> dict[bytes, list[tuple[int, str]]]:
        """Images of the folders without a vector: content's hash → ids and paths."""
        return self.catalogue.lacking()


def register_encoder(server: Server, name: str, encoder: Encoder, dtype: str) -> EncoderRecord:
    """Make the Milvus collection of an encoder's embeddings unless it is there; return what it is.

    An encoder without vectors binds no one and is made again.
    """
    record = EncoderRecord(encoder.name, encoder.fingerprint, encoder.dim, dtype, revision=0)
    for each in encoders(server, name):
        if each.name == encoder.name:
            if _has_vectors(server, name, each):
                return each
            if each != record:
                server.drop(vectors_of(name, each.name))
    make_vectors(server, name, record)
    return record


def _has_vectors(server: Server, name: str, encoder: EncoderRecord) -> bool:
    """Finish a Milvus collection that a kill may have left half made."""
    home = vectors_of(name, encoder.name)
    return server.index(home) is not None and server.count(home) > 0


Vectors = Mapping[str, NDArray[np.float32]]
"""Path → vector, float32 ``(dim,)``."""


class Importer:
    """Importer of the embeddings of one encoder.

    Args:
        server: a writer's connection.
        name: name of the collection.
        rows: its rows.
        encoder: the encoder.
    """

    def __init__(self, server: Server, name: str, rows: Rows, encoder: EncoderRecord) -> None:
        self._listing = Listing(server, name)
        self._rows = rows
        self._encoder = encoder

    def put(self, vectors: Vectors, *, add_missing: bool) -> int:
        """Write vectors of images that are there, and of others if these shall be added.

        Returns:
            How many.
        """
        known = self._listing.ids(list(vectors))
        taken = self._rows.fill(self._encoder.name, self._rounded(known, vectors)) if known else 0
        missing = [path for path in vectors if path not in known] if add_missing else []
        return taken + (self._add(missing, vectors) if missing else 0)

    def _add(self, paths: Sequence[str], vectors: Vectors) -> int:
        """Add images without files."""
        ids, _ = self._rows.ids_of(paths, {})
        added_at = time.time_ns() // 1000
        images = {
            id_: image_row(id_, *imported(path), added_at + at)
            for at, (path, id_) in enumerate(ids.items())
        }
        self._rows.take_in(
            self._encoder.name, images, self._rounded(ids, vectors), new=list(images)
        )
        return len(images)

    def _rounded(self, ids: Mapping[str, int], vectors: Vectors) -> dict[int, NDArray[np.float32]]:
        """Vectors by id, as precise as the collection keeps them."""
        dtype = self._encoder.dtype
        return {id_: vectors[path].astype(dtype).astype(np.float32) for path, id_ in ids.items()}
