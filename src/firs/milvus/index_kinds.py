"""Index kinds of a Milvus server, and the kind used instead when the server is too old for one.

========== ============ ===== ====================================================================
name       Milvus's     from  what it is
========== ============ ===== ====================================================================
flat       FLAT         2.3   every vector is compared: exact
hnsw       HNSW         2.3   a graph of neighbours, in memory (Malkov and Yashunin, 2016)
ivf-rabitq IVF_RABITQ   2.6   lists of bits, and bytes to refine them (Gao and Long, SIGMOD 2024)
diskann    DISKANN      2.4   a graph on the disks of the query nodes, where that is enabled
                              (Jayaram Subramanya et al., "DiskANN", NeurIPS 2019)
bin-flat   BIN_FLAT     2.3   a binary code per embedding, compared exhaustively by Hamming distance
bin-ivf    BIN_IVF_FLAT 2.3   the same codes in inverted lists, some of which are probed
========== ============ ===== ====================================================================

Names, parameters and their ranges are from Milvus's documentation; tested with 2.3.5.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import isqrt
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from firs.encoders import Vectors
from firs.hashing.base import Hash
from firs.hashing.signs import SuperBits
from firs.milvus.schema import MOST_FOUND, Field, Row, VectorIndex
from firs.registry import Registry
from firs.storage.documents import decode_array, encode_array

Version = tuple[int, int, int]
Params = Mapping[str, int | float | bool | str]

EXACT_UP_TO = 100_000
"""Number of vectors up to which all are compared, if the size decides."""
MEMORY_UP_TO = 10_000_000
"""Number of vectors up to which a graph in memory is used; beyond, lists of binary codes."""

_A_SEGMENT = 500_000
"""Approximate number of vectors per segment of Milvus; each has separate lists."""
_FEWEST_LISTS, _MOST_LISTS = 32, 4_096
_SHARE_OF_LISTS = 8
_DEEPEST = 32_768


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of index.

    Args:
        name: our name.
        engine: Milvus's name.
        built: returns the build parameters for a number of vectors.
        requested: returns the search parameters for a number of results, the build parameters, and
            whether the recall must be the greatest possible.
        since: the first version of Milvus that has it.
        instead: the kind that is used if a server does not have it.
        on_bits: whether it searches our binary codes, in another Milvus collection.
        rescored: number of candidates per result that are rescored from their vectors, because its
            scores are approximate; 1 if they are exact. For binary codes it is measured.
    """

    name: str
    engine: str
    built: Callable[[int], Params] = lambda count: {}  # noqa: ARG005
    requested: Callable[[int, Params, bool], Params] = lambda k, built, far: {}  # noqa: ARG005
    since: Version = (2, 3, 0)
    instead: str = ""
    on_bits: bool = False
    rescored: int = 1

    def index(self, count: int) -> VectorIndex:
        """Return how Milvus builds it over a number of vectors."""
        return VectorIndex(self.engine, self.metric, self.built(count))

    @property
    def metric(self) -> str:
        """Return Milvus's name of the distance."""
        return "HAMMING" if self.on_bits else "COSINE"

    def params(self, k: int, built: Mapping[str, Any], *, far: bool = False) -> Params:
        """Return the parameters of a search for ``k``; ``far`` for the greatest possible recall."""
        return self.requested(k, built, far)


def supported_kind(name: str, version: Version) -> tuple[Kind, str]:
    """Return the kind of a name, or the closest that a server has, with a warning if it differs.

    Raises:
        InputError: there is no such kind.

    >>> supported_kind("ivf-rabitq", (2, 3, 5))[1]
    'Milvus 2.3.5 has no IVF_RABITQ, which comes with 2.6: hnsw is used instead.'
    """
    kind = requested = KINDS.load(name)
    while kind.since > version:
        kind = KINDS.load(kind.instead)
    if kind is requested:
        return kind, ""
    current, needed = ".".join(map(str, version)), ".".join(map(str, requested.since[:2]))
    reason = f"Milvus {current} has no {requested.engine}, which comes with {needed}"
    return kind, f"{reason}: {kind.name} is used instead."


def by_size(count: int) -> str:
    """Return the kind for a number of vectors, unless another is chosen.

    >>> by_size(30_000), by_size(1_000_000), by_size(100_000_000)
    ('flat', 'hnsw', 'ivf-rabitq')
    """
    if count <= EXACT_UP_TO:
        return "flat"
    return "hnsw" if count <= MEMORY_UP_TO else "ivf-rabitq"


def _lists(count: int) -> int:
    return min(max(4 * isqrt(min(count, _A_SEGMENT)), _FEWEST_LISTS), _MOST_LISTS)


def _of_lists(built: Params, far: bool) -> int:
    lists = int(built.get("nlist", _FEWEST_LISTS))
    return lists if far else max(lists // _SHARE_OF_LISTS, min(lists, _FEWEST_LISTS))


FLAT = Kind("flat", "FLAT")

HNSW = Kind(
    "hnsw",
    "HNSW",
    built=lambda count: {"M": 16, "efConstruction": 200},  # noqa: ARG005
    requested=lambda k, built, far: {  # noqa: ARG005
        "ef": _DEEPEST if far else min(max(3 * k, 200), _DEEPEST)
    },
    instead="flat",
)

IVF_RABITQ = Kind(
    "ivf-rabitq",
    "IVF_RABITQ",
    built=lambda count: {"nlist": _lists(count), "refine": True, "refine_type": "SQ8"},
    requested=lambda k, built, far: {  # noqa: ARG005
        "nprobe": _of_lists(built, far),
        "rbq_query_bits": 0,
        "refine_k": 3,
    },
    since=(2, 6, 0),
    instead="hnsw",
    rescored=2,
)

DISKANN = Kind(
    "diskann",
    "DISKANN",
    requested=lambda k, built, far: {"search_list": max(2 * k, 100) * (10 if far else 1)},  # noqa: ARG005
    since=(2, 4, 0),
    instead="hnsw",
)

BIN_FLAT = Kind("bin-flat", "BIN_FLAT", on_bits=True)

BIN_IVF = Kind(
    "bin-ivf",
    "BIN_IVF_FLAT",
    built=lambda count: {"nlist": _lists(count)},
    requested=lambda k, built, far: {"nprobe": _of_lists(built, far)},  # noqa: ARG005
    instead="bin-flat",
    on_bits=True,
)

KINDS: Registry[Kind] = Registry(
    "index on a server",
    {
        "flat": "firs.milvus.index_kinds:FLAT",
        "hnsw": "firs.milvus.index_kinds:HNSW",
        "ivf-rabitq": "firs.milvus.index_kinds:IVF_RABITQ",
        "diskann": "firs.milvus.index_kinds:DISKANN",
        "bin-flat": "firs.milvus.index_kinds:BIN_FLAT",
        "bin-ivf": "firs.milvus.index_kinds:BIN_IVF",
    },
)


HASH = SuperBits

CANDIDATES = 400
"""Minimum number of candidates to rescore, until it is measured."""


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
        """Train on embeddings of images ``(n, dim)`` and of texts ``(m, dim)``."""
        return cls(name, HASH.train(images, texts))

    def of_queries(self, unit: Vectors) -> NDArray[np.uint8]:
        """Return the codes of queries ``(q, dim)``."""
        return self.hashed.query_codes(unit)

    def candidates(self, count: int) -> int:
        """Return the number of candidates to rescore for ``count`` results."""
        return min(self.least + 4 * count, MOST_FOUND)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Return rows of embeddings with the codes in place of the vectors."""
        every = list(rows)
        if not every:
            return []
        codes = self.hashed.codes(np.array([row["vector"] for row in every], dtype=np.float32))
        return [row | {"vector": code.tobytes()} for row, code in zip(every, codes, strict=True)]

    def to_json(self) -> dict[str, Any]:
        """Return the codes as JSON for ``of``."""
        arrays = {name: encode_array(each) for name, each in self.hashed.arrays().items()}
        return {"least": self.least, "arrays": arrays}

    @classmethod
    def of(cls, name: str, document: Mapping[str, Any]) -> Self:
        """Return the codes from the JSON of ``to_json``."""
        arrays = {each: decode_array(array) for each, array in document["arrays"].items()}
        return cls(name, HASH.of(arrays), int(document["least"]))


def bit_fields(fields: Iterable[Field], dim: int) -> list[Field]:
    """Return the fields of the codes for the fields of vectors, padded to whole words."""
    bits = -(-dim * HASH.bits // 64) * 64
    return [
        Field(each.name, "BINARY_VECTOR", dim=bits) if each.name == "vector" else each
        for each in fields
    ]
