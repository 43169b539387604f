"""Files → content hash and picture, a few threads ahead of whoever wants them."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TypeVar

from firs.collection.walk import File
from firs.errors import ImageError
from firs.pictures import Picture, opened, read, why

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a file gave: its content's hash and its picture, or the problem."""

    file: File
    hash: bytes = b""
    picture: Picture | None = None
    problem: str | None = None


def _never(_: bytes) -> bool:
    return False


def read_file(path: str, at_least: int, is_known: Callable[[bytes], object] = _never) -> Reading:
    """Hash a file, and decode it unless its content is known; a bad file gives its problem."""
    return _reading(path, lambda file, hash_: _decoded(file, at_least, is_known(hash_)))


def hash_file(path: str) -> Reading:
    """Hash a file; a bad file gives its problem."""
    return _reading(path, lambda *_: None)


def _decoded(file: BinaryIO, at_least: int, known: object) -> Picture | None:
    return None if known else read(file, at_least=at_least)


def _reading(path: str, decode: Callable[[BinaryIO, bytes], Picture | None]) -> Reading:
    try:
        with opened(Path(path)) as file:
            before = _status(path, file)
            hash_ = hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=16)).digest()
            picture = decode(file, hash_)
            torn = _status(path, file) != before
    except (ImageError, OSError) as error:
        return Reading(File(path, 0, 0), problem=why(error))
    if torn:
        return Reading(before, problem="changed while it was being read; add it again")
    return Reading(before, hash_, picture)


def _status(path: str, file: BinaryIO) -> File:
    status = os.fstat(file.fileno())
    return File(path, status.st_size, status.st_mtime_ns)


class Ahead:
    """Threads that work some items ahead, but no more, so that memory stays bounded."""

    def __init__(self, pool: ThreadPoolExecutor, depth: int) -> None:
        self._pool = pool
        self._depth = depth

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Give the results in the order of the items."""
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) > self._depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def threads(workers: int, depth: int) -> Iterator[Ahead]:
    """Start ``workers`` threads; what they have not begun when the context ends is dropped."""
    pool = ThreadPoolExecutor(workers, thread_name_prefix="firs-read")
    try:
        yield Ahead(pool, depth)
    finally:
        pool.shutdown(cancel_futures=True)


def batches(readings: Iterable[Reading], size: int) -> Iterator[list[Reading]]:
    """Give them ``size`` at a time."""
    rest = iter(readings)
    while batch := list(islice(rest, size)):
        yield batch
