"""Indexes: a query's embedding → the nearest entries."""

from collections.abc import Callable

from firs.index.base import Index, StoredIndex
from firs.registry import Call, Registry, create

__all__ = ["INDEXES", "KINDS", "Index", "StoredIndex", "has_kind", "open_index_type", "rename_kind"]

INDEXES: Registry[Callable[..., type[StoredIndex]]] = Registry(
    "index",
    {
        "exact": "firs.index.exact:exact_index",
        "hash": "firs.index.quantized:hash_index",
        "ivf": "firs.index.quantized:ivf_index",
    },
)

KINDS = ("exact", "exact(dtype=float32)", "hash", "ivf")
"""All kinds of indexes, with the parameters that they have."""

_EARLIER_NAMES = {"exact-float32": "exact(dtype=float32)"}


def open_index_type(kind: str) -> type[StoredIndex]:
    """Return the class of a kind of index.

    Args:
        kind: a name in ``INDEXES``, optionally with parameters: ``exact(dtype=float32)``.

    Raises:
        InputError: there is no such kind or parameter, or a value is out of range.
    """
    return create(INDEXES, kind)


def has_kind(kind: str) -> bool:
    """Return whether there is an index of a kind, without importing it."""
    return Call.parse(kind).name in INDEXES


def rename_kind(kind: str) -> str:
    """Return the name of a stored kind, which an earlier version may have named otherwise.

    >>> rename_kind("exact-float32"), rename_kind("hash")
    ('exact(dtype=float32)', 'hash')
    """
    return _EARLIER_NAMES.get(kind, kind)
