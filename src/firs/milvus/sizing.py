"""Rows in parts that a server takes at once."""

import json
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np

ROWS_AT_ONCE = 2_000
_BYTES_AT_ONCE = 4 << 20
"""Far below what Milvus takes in one message (64 MB), and its queue in one piece (5 MB)."""


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
