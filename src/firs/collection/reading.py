"""What reads files and embeds what they show: on this machine, or on many."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from firs.collection.walk import File
from firs.collection.writing import Content

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
