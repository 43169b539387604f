"""Ids of images, and their paths as text: the same on every machine that writes to a server."""

import hashlib
import os
import re
from itertools import count

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
