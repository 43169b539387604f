"""Files → their contents on this machine: a few threads read ahead, one encoder embeds."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, TypeVar

from firs.collection.chunks import batches
from firs.collection.embedding import embed
from firs.collection.reading import IngestOptions, ReadResult, knows_nothing
from firs.collection.walk import File
from firs.collection.writing import Content
from firs.encoders import Encoder
from firs.errors import ImageError
from firs.pictures import Picture, open_file, read, why
from firs.sources.opening import InMemoryFile

Item = TypeVar("Item")
Result = TypeVar("Result")

_KNOWN_PER_PICTURE = 16
"""Files that need not be embedded, such as those that were moved, that count as one that is."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's hash and its picture, or the problem."""

    file: File
    hash: bytes = b""
    picture: Picture | None = None
    problem: str | None = None


class ThreadedReader:
    """Reads with some threads and embeds batch by batch with one encoder, of this process."""

    def __init__(self, pool: ThreadPoolExecutor, encoder: Encoder, dtype: str, size: int) -> None:
        self._pool = pool
        self._encoder = encoder
        self._dtype = dtype
        self._size = size

    def hash_files(self, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        """See :class:`firs.collection.reading.Reader`."""
        for batch in batches(self._ahead(hash_file, paths), _KNOWN_PER_PICTURE * self._size):
            yield [_reading(each, {}) for each in batch]

    def embed_files(
        self, paths: Sequence[str], knows: Callable[[bytes], bool]
    ) -> Iterator[list[ReadResult]]:
        """See :class:`firs.collection.reading.Reader`."""
        work = partial(read_file, at_least=self._encoder.image_size, is_known=knows)
        for batch in self._grouped(self._ahead(work, paths)):
            whole = [self._in_step(each, knows) for each in batch]
            contents = embed_all(whole, knows, self._encoder, self._dtype)
            yield [_reading(each, contents) for each in whole]

    def _grouped(self, decoded: Iterable[Decoded]) -> Iterator[list[Decoded]]:
        """Batches with so many pictures to embed; files whose content is known cost little."""
        batch: list[Decoded] = []
        pictures = 0
        for each in decoded:
            batch.append(each)
            pictures += each.picture is not None
            if pictures >= self._size or len(batch) >= _KNOWN_PER_PICTURE * self._size:
                yield batch
                batch, pictures = [], 0
        if batch:
            yield batch

    def _in_step(self, each: Decoded, knows: Callable[[bytes], bool]) -> Decoded:
        """Read a file again whose content was known when it was read, but was replaced since."""
        if each.problem or each.picture or knows(each.hash):
            return each
        return read_file(each.file.path, self._encoder.image_size)

    def _ahead(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Work a batch ahead, but no more, so that memory stays bounded; keep the order."""
        waiting: deque[Future[Result]] = deque()
        for item in items:
            waiting.append(self._pool.submit(work, item))
            if len(waiting) > self._size:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def threads(encoder: Encoder, dtype: str, pace: IngestOptions) -> Iterator[ThreadedReader]:
    """Start the threads; what they have not begun when the context ends is dropped."""
    workers = pace.workers or min(4, os.cpu_count() or 1)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="firs-read")
    try:
        yield ThreadedReader(pool, encoder, dtype, pace.batch_size)
    finally:
        pool.shutdown(cancel_futures=True)


def read_file(
    path: str, at_least: int, is_known: Callable[[bytes], object] = knows_nothing
) -> Decoded:
    """Hash a file, and decode it unless its content is known; a bad file gives its problem."""
    return _decode_file(
        path, lambda file, hash_: None if is_known(hash_) else read(file, at_least=at_least)
    )


def hash_file(path: str) -> Decoded:
    """Hash a file; a bad file gives its problem."""
    return _decode_file(path, lambda *_: None)


def embed_all(
    batch: Sequence[Decoded], knows: Callable[[bytes], bool], encoder: Encoder, dtype: str
) -> dict[bytes, Content]:
    """The contents of a batch that are not known, each once, by hash.

    Raises:
        EncoderError: the encoder is broken.
    """
    pictures = {
        each.hash: each.picture
        for each in batch
        if each.picture is not None and not knows(each.hash)
    }
    vectors = embed(encoder, [picture.image for picture in pictures.values()], dtype)
    return {
        hash_: Content(hash_, picture.width, picture.height, picture.format, vector)
        for (hash_, picture), vector in zip(pictures.items(), vectors, strict=True)
    }


def _reading(each: Decoded, contents: dict[bytes, Content]) -> ReadResult:
    return ReadResult(each.file, each.hash, contents.get(each.hash), each.problem)


def _decode_file(path: str, decode: Callable[[BinaryIO, bytes], Picture | None]) -> Decoded:
    try:
        with open_file(Path(path)) as file:
            before = _status(path, file)
            hash_ = hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=16)).digest()
            picture = decode(file, hash_)
            torn = _status(path, file) != before
    except (ImageError, OSError) as error:
        return Decoded(File(path, 0, 0), problem=why(error))
    if torn:
        return Decoded(before, problem="changed while it was being read; add it again")
    return Decoded(before, hash_, picture)


def _status(path: str, file: BinaryIO) -> File:
    if isinstance(file, InMemoryFile):
        return File(path, *file.status)
    status = os.fstat(file.fileno())
    return File(path, status.st_size, status.st_mtime_ns)
