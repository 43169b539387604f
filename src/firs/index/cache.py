"""Indexes kept in files: derived from the database, checked, and built again at any doubt.

A cache file is one line of JSON (what it was built from), the SHA-256 of the rest (32 bytes), and
the rest: what the index itself saved. A file that is missing, stale, truncated, altered or
garbage is replaced; a folder that cannot be written to goes without.
"""

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BufferedRandom, BufferedReader
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firs.index import INDEXES, StoredIndex
from firs.index.base import EntryVectors, Ids, Tunable

FORMAT = 1
"""Raised whenever an older file could no longer be read, or would be read wrongly."""

_DIGEST_BYTES = 32
_PART = ".part"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexKey:
    """What an index was built from: equal keys, equal entries and vectors."""

    encoder: str
    fingerprint: str
    revision: int


def load_or_build(
    kind: str,
    folder: Path | None,
    key: IndexKey,
    read: Callable[[], tuple[Ids, EntryVectors]],
    queries: Callable[[], NDArray[np.float32]] | None = None,
) -> StoredIndex:
    """The index of this ``kind``: from its cache file if that is fresh and whole, else built.

    Args:
        kind: a name in ``firs.index.INDEXES``.
        folder: where cache files lie; it need not exist. ``None`` keeps no file.
        key: what the entries are now.
        read: reads the entries, only when the index must be built: ids int64 ``(n,)`` and
            vectors float16 or float32 ``(n, dim)``.
        queries: gives some such as will be asked, float32 ``(q, dim)``, for an index that is
            tuned; it is called only when that is built.

    Raises:
        InputError: there is no such kind, or the entries cannot be indexed.
    """
    index_type = INDEXES.load(kind)
    if folder is None:
        return _built(index_type, read, queries)
    path = folder / f"{kind}.index"
    header = _header(kind, key)
    index = _load(path, header, index_type)
    if index is None:
        index = _built(index_type, read, queries)
        _try_to_save(index, path, header)
        if isinstance(index, Tunable):  # the file is searched in its place, and memory set free
            index = _load(path, header, index_type) or index
    return index


def _built(
    index_type: type[StoredIndex],
    read: Callable[[], tuple[Ids, EntryVectors]],
    queries: Callable[[], NDArray[np.float32]] | None,
) -> StoredIndex:
    index = index_type.build(*read())
    if queries and isinstance(index, Tunable):
        index.tune(queries())
    return index


def _header(kind: str, key: IndexKey) -> bytes:
    return json.dumps({"format": FORMAT, "kind": kind, **asdict(key)}).encode() + b"\n"


def _load(path: Path, header: bytes, index_type: type[StoredIndex]) -> StoredIndex | None:
    try:
        with path.open("rb") as file:
            if file.read(len(header)) == header and _is_whole(file):
                return index_type.load(file)
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError, ValueError) as error:
        _log.info("%s could not be read and is built again: %s", path, error)
        return None
    _log.info("%s is stale or damaged and is built again", path)
    return None


def _is_whole(file: BufferedReader) -> bool:
    """Whether the digest at the file's position is that of all that follows; stops after it."""
    digest = file.read(_DIGEST_BYTES)
    start = file.tell()
    found = hashlib.file_digest(file, "sha256").digest()
    file.seek(start)
    return found == digest


def _try_to_save(index: StoredIndex, path: Path, header: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, lambda file: _write(index, file, header))
    except (OSError, RuntimeError) as error:
        _log.warning("no index file at %s, so every start builds the index: %s", path, error)


def _write(index: StoredIndex, file: BufferedRandom, header: bytes) -> None:
    file.write(header + bytes(_DIGEST_BYTES))
    index.save(file)
    file.seek(len(header) + _DIGEST_BYTES)
    digest = hashlib.file_digest(file, "sha256").digest()
    file.seek(len(header))
    file.write(digest)


def _replace(path: Path, write: Callable[[BufferedRandom], None]) -> None:
    """Put a new file in the place of ``path``, whole or not at all."""
    _sweep(path)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PART}")
    try:
        with part.open("x+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _sweep(path: Path) -> None:
    """Remove what a killed process left unfinished, but nothing that may still be written."""
    an_hour_ago = time.time() - 3600
    for part in path.parent.glob(f"{path.name}.*{_PART}"):
        if part.stat().st_mtime < an_hour_ago:
            part.unlink(missing_ok=True)
