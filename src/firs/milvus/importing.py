"""Embeddings that were made elsewhere, put on a server, with pictures or without."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firs.collection.records import EncoderRecord
from firs.indexing.vectors import imported
from firs.milvus.listing import Listing
from firs.milvus.records import image_row
from firs.milvus.rows import Rows
from firs.milvus.server import Server

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
