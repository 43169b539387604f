"""What a batch of files holds: embedded now, or known already and copied."""

from collections.abc import Container, Sequence
from dataclasses import dataclass

from firs.collection.catalogue import Catalogue
from firs.collection.reading import Reading
from firs.collection.writing import Content, Writer


@dataclass(slots=True)
class Contents:
    """Contents by hash; ``fresh`` are the hashes of those that were embedded for this batch."""

    by_hash: dict[bytes, Content]
    fresh: set[bytes]


class Source:
    """Gives the contents of batches, each content the same in the life of a collection.

    ``lacking`` are hashes of images that are known, but have no vector of this encoder.
    """

    def __init__(
        self, catalogue: Catalogue, writer: Writer, lacking: Container[bytes] = ()
    ) -> None:
        self._lacking = lacking
        self._catalogue = catalogue
        self._writer = writer

    def knows(self, hash_: bytes) -> bool:
        """Tell whether this content's vector is here, and need not be made."""
        return bool(self._catalogue.with_content(hash_)) and hash_ not in self._lacking

    def contents(self, batch: Sequence[Reading]) -> Contents:
        """What the files of a batch hold, without those that have a problem."""
        known: dict[bytes, Content] = {}
        fresh: dict[bytes, Content] = {}
        for reading in batch:
            if self.knows(reading.hash):
                images = self._catalogue.with_content(reading.hash)
                known[reading.hash] = self._writer.content_of(images[0])
            elif reading.content is not None:
                fresh[reading.hash] = reading.content
        return Contents(known | fresh, set(fresh))
