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
    """What a shard holds. Nothing in it is trusted: names are names, damage is a problem told."""

    problem: str | None
    """Why not all of it can be read, if so; what was read before counts."""

    def members(self) -> Mapping[str, int]:
        """The pictures in it, by name, and the bytes of each, -1 where only reading tells."""

    def read(self, member: str) -> bytes:
        """What one member holds.

        Raises:
            ImageError: there is none of this name, or it cannot be read.
            OSError: the shard cannot be reached.
        """

    def captions(self) -> Captions:
        """The captions in it, by member."""


class Kind(Protocol):
    """Opens shards of one kind."""

    def __call__(self, path: str, now: Status) -> Shard:
        """Learn what the shard at a path, as it is now, holds; no file stays open.

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
    """The shard at a path, as it is now, and how it stood when it was opened.

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
    """Of a few it is remembered: their pictures are wanted one after the other."""
    return KINDS.load(path.lower().rpartition(".")[2])(path, now)
