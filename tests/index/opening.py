"""An index as a collection comes to it: from its file if that is of use, else built."""

from collections.abc import Callable
from pathlib import Path

from firs.index import StoredIndex
from firs.index.base import Entries
from firs.index.files import IndexKey, build, load


def load_or_build(
    kind: str, folder: Path | None, key: IndexKey, read: Callable[[], Entries]
) -> StoredIndex:
    """``read`` is called only where the index is built."""
    kept = load(kind, folder, key, lambda _: False)
    return kept[0] if kept else build(kind, folder, key, read())
