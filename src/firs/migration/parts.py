"""The parts of a collection, described alike for every kind of collection, and their checksums."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from firs.migration.documents import KINDS, PortableDocuments, comparable
from firs.storage.documents import Document
from firs.storage.records import EncoderRecord

ACTS, ENTRIES = "expansions", "entries of expansions"
EXPANSION_PARTS = (ACTS, ENTRIES)
"""Parts that each side stores in its own tables; both describe them alike, in JSON."""

Part = Mapping[str, Any]

_LOCAL = {"number of row"}
"""Values of a part that differ from collection to collection."""

_MODULUS = 1 << 128


@dataclass(frozen=True, slots=True)
class Image:
    """An image with all that belongs to it.

    Args:
        id: which it keeps.
        path: as ``os`` gives it.
        hash: 32 hex digits.
        size: of its file, in bytes.
        mtime_ns: in ns since 1970.
        width: in pixels.
        height: in pixels.
        format: such as ``JPEG``.
        added_at: in µs since 1970.
        captions: texts and their sources, in their order.
        tags: ascending.
        vectors: by encoder, the bytes of one in the dtype that the collection keeps.
    """

    id: int
    path: str
    hash: str
    size: int
    mtime_ns: int
    width: int
    height: int
    format: str
    added_at: int
    captions: tuple[tuple[str, str], ...] = ()
    tags: tuple[str, ...] = ()
    vectors: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sum:
    """The number of items of one kind, and their checksum, independent of the order."""

    count: int
    checksum: str


class Tally:
    """Counts and adds up what it is shown: BLAKE2b of each thing, modulo 2^128.

    >>> tally = Tally()
    >>> tally.part("expansions", {"kind": "captions"})
    >>> tally.sums()["expansions"].count
    1
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._sums: Counter[str] = Counter()

    def image(self, image: Image) -> None:
        """Add an image, its captions, tags and vectors."""
        content = asdict(image)
        for name in ("captions", "tags", "vectors"):
            content.pop(name)
        self._add("images", _plain(content))
        for place, caption in enumerate(image.captions):
            self._add("captions", _plain([image.id, place, *caption]))
        for tag in image.tags:
            self._add("tags", _plain([image.id, tag]))
        for encoder, vector in image.vectors.items():
            self._add(f"vectors of {encoder}", b"%d:" % image.id + vector)

    def document(self, document: Document) -> None:
        """Add a document in its portable form."""
        self._add(KINDS[document.kind], _plain(comparable(document)))

    def part(self, kind: str, part: Part) -> None:
        """Add a part of an expansion."""
        self._add(kind, _plain({key: part[key] for key in part if key not in _LOCAL}))

    def sums(self) -> dict[str, Sum]:
        """Kind → what there is of it."""
        return {
            kind: Sum(count, f"{self._sums[kind]:032x}") for kind, count in self._counts.items()
        }

    def _add(self, kind: str, data: bytes) -> None:
        digest = hashlib.blake2b(data, digest_size=16).digest()
        self._counts[kind] += 1
        self._sums[kind] = (self._sums[kind] + int.from_bytes(digest, "big")) % _MODULUS


def differing(one: Mapping[str, Sum], other: Mapping[str, Sum]) -> Iterator[tuple[str, int, int]]:
    """The kinds of which there is not the same: kind, and how many there are of it."""
    nothing = Sum(0, "")
    for kind in dict.fromkeys([*one, *other]):
        mine, yours = one.get(kind, nothing), other.get(kind, nothing)
        if mine != yours:
            yield kind, mine.count, yours.count


def _plain(value: Any) -> bytes:
    """The same bytes for the same content; ASCII, so that any path can be in it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Mark:
    """Marks a collection that is not complete yet.

    Args:
        source: where it comes from.
        after: the last image that is here for good.
    """

    source: str
    after: int = 0


class Side(Protocol):
    """A collection that is read, and is not changed by it; or one that is written to.

    Reading gives all in order, in parts; what is written can be written again.
    """

    location: str
    """What distinguishes it from any other, for display."""

    documents: PortableDocuments
    """Its documents, once it is open."""

    def open(self, *, writing: bool) -> AbstractContextManager[None]:
        """Have it for reading, or for writing too: no one else writes to it then.

        Raises:
            CollectionNotFound: there is none, and it is only read.
            CollectionBusy: something else is writing.
        """

    def mark(self) -> Mark | None:
        """Return the progress of an unfinished migration to it."""

    def set_mark(self, mark: Mark | None) -> None:
        """Set the progress of a migration; None when it is complete."""

    def count(self) -> int:
        """How many images there are."""

    def encoders(self) -> Sequence[EncoderRecord]:
        """Return the encoders that have embeddings."""

    def images(self, after: int = 0) -> Iterator[list[Image]]:
        """Images with higher ids, ascending."""

    def parts(self, kind: str) -> Iterator[Part]:
        """Yield the parts of expansions of a kind."""

    def enlist(self, encoders: Iterable[EncoderRecord]) -> None:
        """Make ready to take vectors of these."""

    def put_images(self, images: Sequence[Image], mark: Mark) -> None:
        """Take in images, and that they are there."""

    def put_documents(self, documents: Sequence[Document]) -> None:
        """Write documents that are in their portable form."""

    def put_parts(self, kind: str, parts: Sequence[Part]) -> None:
        """Write parts of expansions."""

    def build(self) -> None:
        """Build the indexes that were chosen, where the first search would not."""
