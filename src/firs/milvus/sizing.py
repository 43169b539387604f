"""Rows and keys in parts that a server takes at once."""

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

Each = TypeVar("Each")

ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 4 << 20
"""Far below what Milvus takes in one message (64 MB), and its queue in one piece (5 MB)."""


def parts(keys: Sequence[Each], size: int) -> Iterator[Sequence[Each]]:
    """The keys, so many at once."""
    return (keys[at : at + size] for at in range(0, len(keys), size))


def fitting(rows: Collection[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """The rows in parts that fit into messages."""
    part: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        more = sum(map(_bytes, row.values()))
        if part and (size + more > _BYTES_AT_ONCE or len(part) >= ROWS_AT_ONCE):
            yield part
            part, size = [], 0
        part.append(row)
        size += more
    if part:
        yield part


def _bytes(value: Any) -> int:
    """About how many bytes a value takes in a message."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(map(_bytes, value))
    return len(json.dumps(value)) if isinstance(value, dict) else 8
