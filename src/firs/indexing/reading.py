"""What reads files and embeds what they show: on this machine, or on many."""

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

from firs.encoders import Encoder
from firs.errors import ImageError
from firs.imaging import Picture, open_file, read, why
from firs.sources.shards import InMemoryFile
from firs.storage.catalogue import File
from firs.storage.records import batches
from firs.storage.rows import embed
from firs.storage.writing import Content

Progress = Callable[[int, int], None]
"""Called with how many files are done, and on disk for good, and how many there are to do."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """Options of an ingest: images per transaction, number of workers, progress, and cluster.

    ``workers`` are threads on this machine, or encoders on a cluster; None leaves it to the reader.
    """

    batch_size: int
    workers: int | None
    progress: Progress
    on: str | None = None


@dataclass(frozen=True, slots=True)
class ReadResult:
    """Result of reading a file: its content's hash, and its content if requested, or the problem.

    A known content may come without a new embedding.
    """

    file: File
    hash: bytes = b""
    content: Content | None = None
    problem: str | None = None


class Reader(Protocol):
    """Reader that yields the results of files in batches, in any order, each file once.

    A batch has at most as many newly embedded images as the options allow.
    """

    def hash_files(self, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        """Read files for their hashes only."""

    def embed_files(
        self, paths: Sequence[str], knows: Callable[[bytes], bool]
    ) -> Iterator[list[ReadResult]]:
        """Read files, and embed their images unless ``knows`` returns true for the content.

        Raises:
            EncoderError: the encoder is broken.
        """


def knows_nothing(_: bytes) -> bool:
    """Return False: every content is to be embedded."""
    return False


Item = TypeVar("Item")
Result = TypeVar("Result")

_KNOWN_PER_PICTURE = 16
"""Number of files without embedding work, such as moved ones, that count as one with it."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's hash and its picture, or the problem."""

    file: File
    hash: bytes = b""
    picture: Picture | None = None
    problem: str | None = None


class ThreadedReader:
    """Reader with some threads, which embeds batch by batch with one encoder, in this process."""

    def __init__(self, pool: ThreadPoolExecutor, encoder: Encoder, dtype: str, size: int) -> None:
        self._pool = pool
        self._encoder = encoder
        self._dtype = dtype
        self._size = size

    def hash_files(self, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        for batch in batches(self._ahead(hash_file, paths), _KNOWN_PER_PICTURE * self._size):
            yield [_reading(each, {}) for each in batch]

    def embed_files(
        self, paths: Sequence[str], knows: Callable[[bytes], bool]
    ) -> Iterator[list[ReadResult]]:
        work = partial(read_file, at_least=self._encoder.image_size, is_known=knows)
        for batch in self._grouped(self._ahead(work, paths)):
            whole = [self._in_step(each, knows) for each in batch]
            contents = embed_all(whole, knows, self._encoder, self._dtype)
            yield [_reading(each, contents) for each in whole]

    def _grouped(self, decoded: Iterable[Decoded]) -> Iterator[list[Decoded]]:
        """Yield batches with a bounded number of images to embed; known content costs little."""
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
        """Read a file again if its content was known at first but was replaced since."""
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
    """Return the unknown contents of a batch, each once, by hash.

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
