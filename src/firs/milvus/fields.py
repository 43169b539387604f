"""What the rows of a collection on the server are made of, in words that need no pymilvus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

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
