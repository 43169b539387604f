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
    """The id that an image at a path gets; of each further attempt another.

    It is a hash, so that whoever adds the same image gives it the same id. It lies from 2^52 up to
    2^53, which JavaScript can still count to, and apart from the small ids of a folder's
    collection.
    """
    told = os.fsencode(path) + (b"\0%d" % attempt if attempt else b"")
    digest = hashlib.blake2b(told, digest_size=8).digest()
    return (1 << _BITS) | (int.from_bytes(digest, "big") >> (64 - _BITS))


def free_id(path: str, taken: "dict[int, str]") -> int:
    """The first id for a path that is free, or that is this path's own.

    Args:
        path: where the image lies.
        taken: ids that images have, and the paths of these.
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
    """A path as it is kept on a server, which holds nothing but UTF-8.

    Each byte that is none is kept as a zero, which no path has, and two digits.
    """
    return _UNDECODABLE.sub(lambda found: f"\0{ord(found[0]) - 0xDC00:02x}", path)


def path_of(kept: str) -> str:
    """A path as ``os`` gives it."""
    return _KEPT.sub(lambda found: chr(0xDC00 + int(found[1], 16)), kept)
