"""Binary codes of an encoder's embeddings on a server, which compares and rescores them.

A vector becomes the signs of directions (see ``firs.hashing``), relative to the mean of its
modality. The means and directions are trained on a sample, and stored. The number of candidates to
rescore is measured (see ``firs.milvus.ann_index``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.hashing.base import Hash
from firs.hashing.superbits import SuperBits
from firs.milvus.fields import MOST_FOUND, Field, Row, decode_array, encode_array

HASH = SuperBits

CANDIDATES = 400
"""Entries that are scored again at least, unless it is measured how many must be."""


@dataclass(frozen=True, slots=True)
class Bits:
    """Binary codes of one encoder.

    Args:
        name: name of the Milvus collection of the codes.
        hashed: the hash that makes them.
        least: minimum number of candidates to rescore.
    """

    name: str
    hashed: Hash
    least: int = CANDIDATES

    @classmethod
    def train(cls, name: str, images: Vectors, texts: Vectors) -> Self:
        """Learn from some images ``(n, dim)`` and texts ``(m, dim)``."""
        return cls(name, HASH.train(images, texts))

    def of_queries(self, unit: Vectors) -> NDArray[np.uint8]:
        """The bits of queries ``(q, dim)``."""
        return self.hashed.query_codes(unit)

    def candidates(self, count: int) -> int:
        """Return the number of candidates to rescore for ``count`` results."""
        return min(self.least + 4 * count, MOST_FOUND)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """The rows of images' vectors as rows of their bits, which are filtered by the same."""
        given = list(rows)
        if not given:
            return []
        vectors = np.array([row["vector"] for row in given], dtype=np.float32)
        codes = self.hashed.codes(vectors)
        return [row | {"vector": code.tobytes()} for row, code in zip(given, codes, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """What ``of`` takes."""
        arrays = {name: encode_array(each) for name, each in self.hashed.arrays().items()}
        return {"least": self.least, "arrays": arrays}

    @classmethod
    def of(cls, name: str, told: Mapping[str, Any]) -> Self:
        """Return the codes from the JSON of ``to_json``."""
        arrays = {each: decode_array(array) for each, array in told["arrays"].items()}
        return cls(name, HASH.of(arrays), int(told["least"]))


def bit_fields(fields: Iterable[Field], dim: int) -> list[Field]:
    """Return the fields of the codes for the fields of vectors, padded to whole words."""
    bits = -(-dim * HASH.bits // 64) * 64
    return [
        Field(each.name, "BINARY_VECTOR", dim=bits) if each.name == "vector" else each
        for each in fields
    ]
