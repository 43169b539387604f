"""The contents of a batch of files: newly embedded, or copied from a known image."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from firs.collection.catalogue import Catalogue
from firs.collection.intake import Writer
from firs.collection.reading import ReadResult
from firs.collection.writing import Content


@dataclass(slots=True)
class Contents:
    """Contents by hash; ``fresh`` are the hashes of the contents embedded for this batch."""

    by_hash: dict[bytes, Content]
    fresh: set[bytes]


class Source:
    """Source of the contents of batches; each content is embedded once in a collection's life.

    ``lacking`` are hashes of known images that have no embedding of this encoder.
    """

    def __init__(
        self, catalogue: Catalogue, writer: Writer, lacking: Container[bytes] = ()
    ) -> None:
        self._lacking = lacking
        self._catalogue = catalogue
        self._writer = writer

    def knows(self, hash_: bytes) -> bool:
        """Return whether the embedding of this content is available and need not be computed."""
        return bool(self._catalogue.with_content(hash_)) and hash_ not in self._lacking

    def contents(self, batch: Sequence[ReadResult]) -> Contents:
        """Return the contents of the files in a batch, without files that have a problem."""
        self._catalogue.look_up({reading.hash for reading in batch if reading.problem is None})
        copied = {reading.hash for reading in batch if self.knows(reading.hash)}
        known = self._writer.contents_of(
            [self._catalogue.with_content(hash_)[0] for hash_ in sorted(copied)]
        )
        fresh = {
            reading.hash: reading.content
            for reading in batch
            if reading.content is not None and reading.hash not in known
        }
        return Contents(known | fresh, set(fresh))
