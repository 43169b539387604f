"""A checksum that verifies an index file quickly, however large it is.

It covers everything except large arrays of vectors on disk, of which it covers evenly spaced
samples. A truncated file, or one with a lost block, is detected; a few flipped bits in many vectors
may not be, and would change the scores of only a few entries.

The checksum consists of the offsets of the vectors (two int64), and a SHA-256 of these and of the
data covered.
"""

import hashlib
import struct
from typing import BinaryIO

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
