"""Vectors on a server in the form of a collection's, put there without one."""

import itertools
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from firs.milvus.address import Address
from firs.milvus.index import IndexConfig, MilvusIndex
from firs.milvus.index_kinds import KINDS, Bits, bit_fields
from firs.milvus.schema import Row, VectorIndex, draw_of, vector_fields
from firs.milvus.server import Server

_numbers = itertools.count(1)


def server_of(url: str) -> Server:
    return Server(Address.parse(url))


def rows_of(
    ids: Iterable[int], vectors: NDArray[np.float32], path: str = "/photo.jpg"
) -> list[Row]:
    return [
        {
            "id": int(id_),
            "path": path,
            "hash": "0" * 32,
            "bytes": int(id_),
            "mtime_ns": 0,
            "tags": [],
            "draw": draw_of(int(id_)),
            "vector": vector,
        }
        for id_, vector in zip(ids, vectors, strict=True)
    ]


class Served:
    """Some vectors on a server, searched by one kind of index."""

    def __init__(self, server: Server, kind: str, dim: int) -> None:
        self.server = server
        self.kind = KINDS.load(kind)
        self.dim = dim
        self.name = f"served_{next(_numbers)}"
        self.bits: Bits | None = None
        index = VectorIndex() if self.kind.on_bits else self.kind.index(1_000)
        server.create(self.name, vector_fields(dim), "{}", index)

    def put(self, rows: list[Row]) -> None:
        """Write rows; bits are trained on the first."""
        if self.kind.on_bits and self.bits is None:
            vectors = np.array([row["vector"] for row in rows])
            self.bits = Bits.train(f"{self.name}_b", vectors, vectors)
            fields = bit_fields(vector_fields(self.dim), self.dim)
            self.server.create(self.bits.name, fields, "{}", self.kind.index(1_000))
        self.server.upsert(self.name, rows)
        if self.bits is not None:
            self.server.upsert(self.bits.name, self.bits.rows(rows))

    def index(self, where: str = "") -> MilvusIndex:
        built = dict(self.kind.built(1_000))
        return MilvusIndex(
            self.server, self.name, self.dim, IndexConfig(self.kind, built, self.bits), where
        )

    def drop(self) -> None:
        self.server.drop(self.name)
        if self.bits is not None:
            self.server.drop(self.bits.name)
