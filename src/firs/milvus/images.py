"""The images of a collection on a server: listed, counted, and fetched for a search."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.errors import InputError
from firs.milvus.fields import KEY, id_of, path_of, to_stored_path
from firs.milvus.filters import in_list, sample_expression
from firs.milvus.index import MilvusIndex, fetch_vectors, stack_rows
from firs.milvus.rows import SHOWN, Caption, captions_of, record_of
from firs.milvus.schema import vectors_of
from firs.milvus.server import Server
from firs.storage.records import EncoderRecord, ImageRecord

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.index.base import Ids
    from firs.search import EmbeddingMatrix
    from firs.search.searcher import Vector
    from firs.search.shortlist import Fetched

FEW = 2_000
"""Images that may be read beside those that are wanted."""

Added = tuple[int, int]
"""When an image was added, in µs since 1970, and its id."""


def newest(
    since: Callable[[int], int],
    between: Callable[[int, int], Iterable[Added]],
    start: int,
    count: int,
    span: tuple[int, int],
) -> list[int]:
    """The ids of ``count`` images from ``start`` on, those that were added last first.

    Two moments are found by halving between which these were added and few others, and only what
    was added between them is read.

    Args:
        since: counts what was added at a moment or later.
        between: gives what was added from one moment on and before another.
        start: how many come before.
        count: how many at most.
        span: a moment before all, and one after all.
    """
    low, high = span
    after = min(start + count, since(low))
    if after <= start:
        return []
    first = _moment(since, low, high, after)
    end = high if start <= FEW else _moment(since, first, high, start - FEW)
    passed = 0 if end == high else since(end)
    if passed > start:
        end += 1
        passed = since(end)
    found = sorted(between(first, end), reverse=True)
    return [id_ for _, id_ in found[start - passed : after - passed]]


def _moment(since: Callable[[int], int], low: int, high: int, least: int) -> int:
    """A late moment since which ``least`` were added, or few more if that can be."""
    while high - low > 1:
        middle = (low + high) // 2
        found = since(middle)
        if found < least:
            high = middle
        else:
            low = middle
            if found <= least + FEW:
                break
    return low


_AT_ONCE = 500
_PATHS_AT_ONCE = 1_000
_LATER = 3_600_000_000
"""Microseconds that another machine's clock may be ahead."""


class Listing:
    """The images of one collection.

    Args:
        server: is read from.
        name: of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def count(self) -> int:
        """How many images there are."""
        return self._server.count(self._name)

    def captions(self) -> int:
        """How many captions: of images with one or more, with two or more, and so on."""
        total, least = 0, 1
        while more := self._server.count(self._name, f"told >= {least}"):
            total, least = total + more, least + 1
        return total

    def all(self) -> Iterator[ImageRecord]:
        """All images by id."""
        for some in self._server.iterate(self._name, fields=SHOWN, size=_AT_ONCE):
            yield from map(record_of, some)

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """Images by id, without those that do not exist."""
        found = self._server.get(self._name, ids, SHOWN)
        return {int(id_): record_of(row) for id_, row in found.items()}

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        """Some images, those that were added last first."""
        end = time.time_ns() // 1000 + _LATER
        ids = newest(self._since, self._between, start, count, (0, end))
        found = self.records(ids)
        return [found[id_] for id_ in ids if id_ in found]

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of some images by id."""
        found = self._server.get(self._name, ids, ("path",))
        return {int(id_): Path(path_of(row["path"])) for id_, row in found.items()}

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        """The images at some paths: path → id."""
        guessed = {id_of(path): path for path in paths}
        rows = self._server.get(self._name, guessed, ("path",))
        found = {
            guessed[int(id_)]: int(id_)
            for id_, row in rows.items()
            if path_of(row["path"]) == guessed[int(id_)]
        }
        rest = [path for path in paths if path not in found]
        return found | self._of_other_ids(rest)

    def _of_other_ids(self, paths: Sequence[str]) -> dict[str, int]:
        """Return the same for images that were moved, or came from elsewhere with their ids."""
        found: dict[str, int] = {}
        for at in range(0, len(paths), _PATHS_AT_ONCE):
            some = map(to_stored_path, paths[at : at + _PATHS_AT_ONCE])
            rows = self._server.query(self._name, f"path {in_list(some)}", ("path",))
            found |= {path_of(row["path"]): int(row[KEY]) for row in rows}
        return found

    def _since(self, moment: int) -> int:
        return self._server.count(self._name, f"added_at >= {moment}")

    def _between(self, first: int, end: int) -> Iterator[Added]:
        where = f"added_at >= {first} and added_at < {end}"
        for some in self._server.iterate(self._name, where, ("added_at",)):
            yield from ((int(row["added_at"]), int(row[KEY])) for row in some)


Said = tuple[int, Sequence[Caption]]
"""An image and its captions."""

_ROWS_AT_ONCE = 1_000
_CAPTIONED = "told > 0"


def all_said(server: Server, name: str) -> Iterator[Said]:
    """All images that have captions, by id."""
    yield from _captions_where(server, name, _CAPTIONED)


def some_said(server: Server, name: str, images: int) -> Iterator[Said]:
    """About so many images that have captions, drawn as if by chance: always the same ones.

    No more than these are read. Where there are few all are given.
    """
    count = server.count(name, _CAPTIONED)
    yield from _captions_where(
        server, name, " and ".join(filter(None, [_CAPTIONED, sample_expression(images, count)]))
    )


def _captions_where(server: Server, name: str, where: str) -> Iterator[Said]:
    for rows in server.iterate(name, where, ("captions",), size=_ROWS_AT_ONCE):
        yield from ((int(row[KEY]), captions_of(row)) for row in rows)


_OLDEST = 30.0
"""Seconds for which a sample serves on though vectors came and went, as long as they are few."""
_FEW = 0.02


class Samples:
    """Random samples of each encoder's embeddings: about 2,000, or all if there are fewer.

    Args:
        server: the connection.
        name: name of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name
        self._lock = threading.Lock()
        self._held: dict[str, _Held] = {}

    def table(self, encoder: EncoderRecord) -> "EmbeddingMatrix":
        """The sample of an encoder's vectors, which knows how many there are in all."""
        with self._lock:
            held = self._held.get(encoder.name)
            if held is None or held.encoder != encoder:
                count = self._server.count(vectors_of(self._name, encoder.name))
                if held is None or not held.serves(encoder, count):
                    held = _Held(encoder, time.monotonic(), self._draw(encoder, count))
                    self._held[encoder.name] = held
            return held.table

    def _draw(self, encoder: EncoderRecord, count: int) -> "EmbeddingMatrix":
        from firs.search.shortlist import SAMPLE, sample_table

        where = sample_expression(SAMPLE, count)
        rows = self._server.query(vectors_of(self._name, encoder.name), where, ("vector",))
        ids, vectors = stack_rows(rows)
        return sample_table(ids, vectors.reshape(len(ids), encoder.dim), max(count, len(ids)))


@dataclass(frozen=True, slots=True)
class _Held:
    """A sample, and of what state it was drawn when."""

    encoder: EncoderRecord
    at: float
    table: "EmbeddingMatrix"

    def serves(self, encoder: EncoderRecord, count: int) -> bool:
        """Return whether the sample represents another state as well."""
        from firs.search.shortlist import SAMPLE

        if self.encoder.fingerprint != encoder.fingerprint or count <= SAMPLE:
            return False
        is_new = time.monotonic() - self.at < _OLDEST
        return is_new and abs(count - self.table.count) <= _FEW * count


class ServerImages:
    """The images of one encoder: see ``firs.search.shortlist.RemoteImages``.

    Args:
        server: the connection.
        name: name of the collection.
        encoder: the encoder.
        index: over its embeddings.
        sample: returns the sample.
    """

    def __init__(
        self,
        server: Server,
        name: str,
        encoder: EncoderRecord,
        index: MilvusIndex,
        sample: "Callable[[], EmbeddingMatrix]",
    ) -> None:
        self._server = server
        self._listing = Listing(server, name)
        self._encoder = encoder
        self._home = vectors_of(name, encoder.name)
        self._index = index
        self._sample = sample

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        """Return the paths of images, in the order of ``ids``; ``REMOVED`` for missing ones."""
        from firs.search.shortlist import REMOVED

        found = self._listing.paths(ids)
        return [found.get(id_, REMOVED) for id_ in ids]

    def vector(self, id_: int) -> "Vector":
        """The vector of one image.

        Raises:
            InputError: there is no image with this id, or none of its vectors is this encoder's.
        """
        _, vectors = fetch_vectors(self._server, self._home, [id_])
        if not len(vectors):
            raise self._lacking(id_)
        vector: Vector = vectors[0]
        return vector

    def matrix(self) -> "EmbeddingMatrix":
        """A sample of all."""
        return self._sample()

    def nearest(self, vectors: "Vectors", count: int, subset: "Ids | None") -> "Fetched":
        """The ``count`` images nearest to each of some vectors, all together."""
        return self.fetch(self._index.near(vectors, count, subset))

    def fetch(self, ids: "Ids") -> "Fetched":
        """Return the existing images with an embedding, and their embeddings."""
        found, vectors = fetch_vectors(self._server, self._home, ids.tolist())
        return found, vectors.reshape(len(found), self._encoder.dim)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        """The ids of the same, in their order."""
        found = self._server.get(self._home, ids)
        return [id_ for id_ in ids if id_ in found]

    def _lacking(self, id_: int) -> InputError:
        if not self._listing.paths([id_]):
            return InputError(f"There is no image with the id {id_} in the collection.")
        name = self._encoder.name
        return InputError(
            f"The image {id_} has no vector of {name!r}. Add it: firs index DIR --encoder {name}"
        )
