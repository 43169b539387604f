"""Indexes: a query's vector → the nearest entries."""

from firs.index.base import Index, StoredIndex
from firs.registry import Registry

__all__ = ["INDEXES", "Index", "StoredIndex"]

INDEXES: Registry[type[StoredIndex]] = Registry(
    "index",
    {
        "exact": "firs.index.exact:ExactIndex",
        "exact-float32": "firs.index.exact:ExactFloat32Index",
        "hash": "firs.index.quantized:HashIndex",
        "ivf": "firs.index.quantized:IvfIndex",
    },
)
