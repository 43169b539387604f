"""What the rows of a collection on the server are made of, in words that need no pymilvus."""

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from firs.storage.documents import StoredPaths

KEY = "id"
"""The primary field of every collection."""

MOST_FOUND = 16_384
"""Rows that a search, or a query with a limit, returns at most."""

Key = int | str
Row = dict[str, Any]
"""Field → value."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Args:
        name: of the field; the primary one is ``id``.
        kind: a name in ``pymilvus.DataType``: ``INT64``, ``VARCHAR``, ``JSON``, ``ARRAY``,
            ``FLOAT_VECTOR``, ``BINARY_VECTOR``, ….
        length: bytes at most, of a text or of each text of an array.
        dim: of a vector; of a binary one in bits, a multiple of 8.
        capacity: elements at most, of an array.
        of: the kind of an array's elements.
    """

    name: str
    kind: str
    length: int = 0
    dim: int = 0
    capacity: int = 0
    of: str = "VARCHAR"


@dataclass(frozen=True, slots=True)
class VectorIndex:
    """How a vector field is searched: a kind of Milvus's, its metric and how it is built."""

    kind: str = "FLAT"
    metric: str = "COSINE"
    params: Mapping[str, Any] = field(default_factory=dict)
    field: str = "vector"


def schema_of(fields: Sequence[Field], description: str) -> Any:
    """The schema in pymilvus of some fields."""
    from pymilvus import CollectionSchema

    return CollectionSchema(
        [_schema(each) for each in fields],
        description=description,
        auto_id=False,
        enable_dynamic_field=False,
    )


def index_params_of(index: VectorIndex) -> Any:
    """What pymilvus builds an index by."""
    from pymilvus import MilvusClient

    made = MilvusClient.prepare_index_params()
    made.add_index(
        index.field, index_type=index.kind, metric_type=index.metric, params=dict(index.params)
    )
    return made


def _schema(each: Field) -> Any:
    from pymilvus import DataType, FieldSchema

    given: dict[str, Any] = {}
    if each.length:
        given["max_length"] = each.length
    if each.dim:
        given["dim"] = each.dim
    if each.kind == "ARRAY":
        given |= {"max_capacity": each.capacity, "element_type": DataType[each.of]}
    return FieldSchema(each.name, DataType[each.kind], is_primary=each.name == KEY, **given)


DRAWS = 1 << 32
"""``draw_of`` is below this."""

_BITS = 52
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_KEPT = re.compile("\0([0-9a-f]{2})")


def id_of(path: str, attempt: int = 0) -> int:
    """Return the id of an image at a path; another one for each further attempt.

    It is a hash, so every process assigns the same id to an image. It is between 2^52 and 2^53, the
    largest integer that JavaScript represents exactly, and distinct from the small ids of a
    folder's collection.
    """
    told = os.fsencode(path) + (b"\0%d" % attempt if attempt else b"")
    digest = hashlib.blake2b(told, digest_size=8).digest()
    return (1 << _BITS) | (int.from_bytes(digest, "big") >> (64 - _BITS))


def free_id(path: str, taken: "dict[int, str]") -> int:
    """Return the first id for a path that is free, or already its own.

    Args:
        path: path of the image.
        taken: ids of images, with their paths.
    """
    ids = (id_of(path, attempt) for attempt in count())
    return next(id_ for id_ in ids if taken.get(id_, path) == path)


def draw_of(id_: int) -> int:
    """A number below ``DRAWS`` by which samples are drawn: as good as by chance, always the same.

    >>> 0 <= draw_of(7) < DRAWS
    True
    """
    digest = hashlib.blake2b(id_.to_bytes(8, "big"), digest_size=4, person=b"draw").digest()
    return int.from_bytes(digest, "big")


def to_stored_path(path: str) -> str:
    """Return a path as stored on a server, which supports only UTF-8.

    Each byte that is not UTF-8 is stored as a zero, which no path contains, and two digits.
    """
    return _UNDECODABLE.sub(lambda found: f"\0{ord(found[0]) - 0xDC00:02x}", path)


def path_of(kept: str) -> str:
    """A path as ``os`` gives it."""
    return _KEPT.sub(lambda found: chr(0xDC00 + int(found[1], 16)), kept)


STORED_PATHS = StoredPaths(to_stored_path, path_of, lambda path: str(id_of(path_of(path))))
"""How a server's documents write paths."""
