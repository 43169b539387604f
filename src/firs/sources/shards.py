"""Files that hold many pictures: what they hold, and the bytes of each."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol

from firs.registry import Registry
from firs.sources.places import Status, status

MOST = 2**30
"""Bytes of the largest picture that is taken out of a shard."""

Captions = dict[str, list[str]]
"""Member → its captions."""


class Shard(Protocol):
    """A shard. Its contents are untrusted: names are only names, damage is a reported problem."""

    problem: str | None
    """Why not all of it can be read, if so; what was read before counts."""

    def members(self) -> Mapping[str, int]:
        """Return its images: name → size in bytes, -1 if the size is unknown before reading."""

    def read(self, member: str) -> bytes:
        """Return the contents of one member.

        Raises:
            ImageError: there is none of this name, or it cannot be read.
            OSError: the shard cannot be reached.
        """

    def captions(self) -> Captions:
        """Return its captions, by member."""


class Kind(Protocol):
    """Opener of shards of one kind."""

    def __call__(self, path: str, now: Status) -> Shard:
        """Scan the shard at a path in its current state; no file remains open.

        Raises:
            OSError: it cannot be reached.
            ImageError: it cannot be read at all.
            MissingExtra: it needs an extra that is not installed.
        """


KINDS: Registry[Kind] = Registry(
    "shard", {"tar": "firs.sources.tar:Tar", "parquet": "firs.sources.rows:Rows"}
)

_opening = threading.Lock()


def shard(path: str) -> tuple[Shard, Status]:
    """Return the shard at a path in its current state, and its status when it was opened.

    Raises:
        OSError: there is none, or it cannot be reached.
        ImageError: it cannot be read at all.
        MissingExtra: it needs an extra that is not installed.
    """
    now = status(path)
    with _opening:
        return _open(path, now), now


@lru_cache(maxsize=8)
def _open(path: str, now: Status) -> Shard:
    """Open a shard, with a small cache: its images are usually read one after the other."""
    return KINDS.load(path.lower().rpartition(".")[2])(path, now)
