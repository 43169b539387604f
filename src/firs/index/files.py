"""Index files: caches derived from the database, verified and rebuilt in case of doubt.

A cache file consists of one line of JSON (the encoder, its weights and the revision of the
embeddings), a checksum, and the data of the index. A file of other weights or another format, or a
truncated, altered or damaged one, is replaced; in a read-only folder no file is written.
"""

import hashlib
import json
import logging
import os
import secrets
import struct
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from firs.index import INDEXES, StoredIndex
from firs.index.base import Entries, Tunable
from firs.index.entries import gather
from firs.registry import Call, create

_PLACES = struct.Struct("<qq")
_DIGEST_BYTES = hashlib.sha256().digest_size
_ROOM = _PLACES.size + _DIGEST_BYTES

WHOLE = 1 << 28
"""Bytes of vectors up to which all of them are covered."""

_SAMPLES, _SAMPLE = 4_096, 4_096
_AT_ONCE = 1 << 20


def leave_room(file: BinaryIO) -> None:
    """Leave room for a seal at the file's position."""
    file.write(bytes(_ROOM))


def skip(file: BinaryIO, at: int) -> None:
    """Move behind the checksum at a position."""
    file.seek(at + _ROOM)


def seal(file: BinaryIO, at: int, on_disk: slice) -> None:
    """Seal what follows.

    Args:
        file: open for writing and reading.
        at: where room was left.
        on_disk: which bytes are vectors.
    """
    places = _PLACES.pack(on_disk.start, on_disk.stop)
    skip(file, at)
    digest = _digest(file, places)
    file.seek(at)
    file.write(places + digest)


def is_sealed(file: BinaryIO) -> bool:
    """Whether the seal at the file's position is that of all that follows; stops behind it."""
    at = file.tell()
    places, digest = file.read(_PLACES.size), file.read(_DIGEST_BYTES)
    whole = len(digest) == _DIGEST_BYTES and _digest(file, places) == digest
    skip(file, at)
    return whole


def _digest(file: BinaryIO, places: bytes) -> bytes:
    begin, size = file.tell(), file.seek(0, 2)
    start, stop = _PLACES.unpack(places)
    found = hashlib.sha256(places + _PLACES.pack(begin, size))
    if not 0 <= start <= stop <= size:
        return b""
    if stop - start <= WHOLE:
        start = stop = begin
    _add(found, file, begin, start)
    step = (stop - start) // _SAMPLES
    for sample in range(start, stop, max(step, 1)):
        _add(found, file, sample, min(sample + _SAMPLE, stop))
    _add(found, file, stop, size)
    return found.digest()


def _add(found: "hashlib._Hash", file: BinaryIO, start: int, stop: int) -> None:
    file.seek(start)
    for at in range(start, stop, _AT_ONCE):
        found.update(file.read(min(_AT_ONCE, stop - at)))


FORMAT = 2
"""Raised whenever an older file could no longer be read, or would be read wrongly."""

_PART = ".part"
_LONGEST_LINE = 4_096
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IndexKey:
    """What an index was built from: equal keys, equal entries and vectors."""

    encoder: str
    fingerprint: str
    revision: int


def load(
    kind: str, folder: Path | None, key: IndexKey, is_known: Callable[[int], bool]
) -> tuple[StoredIndex, int] | None:
    """Return the index from its cache file, and the revision of the embeddings it was built from.

    Args:
        kind: as for ``firs.index.open_index_type``.
        folder: folder of the cache files, if any; it need not exist.
        key: the current state of the entries.
        is_known: returns whether the changes since another revision are known.

    Returns:
        None if there is no file, or none that is intact and usable.

    Raises:
        InputError: the kind is unknown.
    """
    index_type = create(INDEXES, kind)
    if folder is None:
        return None
    path = folder / file_name(kind)
    try:
        with path.open("rb") as file:
            revision = _revision(file.readline(_LONGEST_LINE), kind, key)
            fresh = revision == key.revision or (revision is not None and is_known(revision))
            if revision is not None and fresh and is_sealed(file):
                return index_type.load(file), revision
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, RuntimeError, ValueError) as error:
        _log.warning("%s could not be read and is built again: %s", path, error)
        return None
    _log.warning("%s is stale or damaged and is built again", path)
    return None


def build(
    kind: str,
    folder: Path | None,
    key: IndexKey,
    entries: Entries,
    queries: Callable[[], NDArray[np.float32]] | None = None,
) -> StoredIndex:
    """Build an index of these entries, and store it in a file if possible.

    Args:
        kind: as for ``firs.index.open_index_type``.
        folder: folder of the cache files; it need not exist. ``None`` stores no file.
        key: the current state of the entries.
        entries: the entries.
        queries: returns typical queries, float32 ``(q, dim)``; called only by an index that is
            tuned.

    Raises:
        InputError: the kind is unknown, or the entries cannot be indexed.
    """
    index_type = create(INDEXES, kind)
    if folder is not None:
        path = folder / file_name(kind)
        try:
            return _build_in_file(index_type, path, _header(kind, key), entries, queries)
        except (OSError, RuntimeError) as error:
            _log.warning("no index file at %s, so every start builds the index: %s", path, error)
    index = index_type.build(*gather(entries))
    if queries and isinstance(index, Tunable):
        index.tune(queries())
    return index


def file_name(kind: str) -> str:
    """Return the name of the cache file of a kind.

    >>> file_name("exact(dtype=float32)"), file_name("ivf")
    ('exact-float32.index', 'ivf.index')
    """
    call = Call.parse(kind)
    return f"{'-'.join([call.name, *map(str, call.parameters.values())])}.index"


def _header(kind: str, key: IndexKey) -> bytes:
    return json.dumps({"format": FORMAT, "kind": kind, **asdict(key)}).encode() + b"\n"


def _revision(line: bytes, kind: str, key: IndexKey) -> int | None:
    """Return the revision in the first line of a file, if everything else in it matches."""
    header = json.loads(line)
    revision = header.get("revision") if isinstance(header, dict) else None
    if not isinstance(revision, int) or line != _header(kind, replace(key, revision=revision)):
        return None
    return revision


def _build_in_file(
    index_type: type[StoredIndex],
    path: Path,
    header: bytes,
    entries: Entries,
    queries: Callable[[], NDArray[np.float32]] | None,
) -> StoredIndex:
    """Put a new file in the place of ``path``, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _sweep(path)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{_PART}")
    try:
        with part.open("x+b") as file:
            file.write(header)
            leave_room(file)
            index, on_disk = index_type.build_to_file(file, entries, queries)
            file.flush()
            seal(file, len(header), on_disk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return _reopen_from_file(index, index_type, path, len(header))


def _reopen_from_file(
    index: StoredIndex, index_type: type[StoredIndex], path: Path, start: int
) -> StoredIndex:
    """The same from its file, where that sets free the memory that building took."""
    if not isinstance(index, Tunable):
        return index
    del index
    with path.open("rb") as file:
        skip(file, start)
        return index_type.load(file)


def _sweep(path: Path) -> None:
    """Remove what a killed process left unfinished, but nothing that may still be written."""
    an_hour_ago = time.time() - 3600
    for part in path.parent.glob(f"{path.name}.*{_PART}"):
        if part.stat().st_mtime < an_hour_ago:
            part.unlink(missing_ok=True)
