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
    """How an ingest works: images a transaction, how many read or encode, who is told, and where.

    ``workers`` are threads on this machine, or encoders on a cluster; None leaves it to the reader.
    """

    batch_size: int
    workers: int | None
    progress: Progress
    on: str | None = None


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What reading a file gave: its content's hash, and its content if asked for, or the problem.

    A content that is known need not have been embedded again.
    """

    file: File
    hash: bytes = b""
    content: Content | None = None
    problem: str | None = None


class Reader(Protocol):
    """Gives the readings of files in batches, in any order, each file once.

    A batch holds no more pictures that were embedded than the options say.
    """

    def hash_files(self, paths: Sequence[str]) -> Iterator[list[ReadResult]]:
        """Read files for their hashes only."""

    def embed_files(
        self, paths: Sequence[str], knows: Callable[[bytes], bool]
    ) -> Iterator[list[ReadResult]]:
        """Read files, and embed their pictures unless ``knows`` tells that the content is known.

        Raises:
            EncoderError: the encoder is broken.
        """


def knows_nothing(_: bytes) -> bool:
    """Every content is to be embedded."""
    return False
