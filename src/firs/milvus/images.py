"""The images of a collection on a server: listed, counted, and fetched for a search."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from firs.errors import InputError
from firs.milvus.index import MilvusIndex, fetch_vectors, stack_rows
from firs.milvus.queries import in_list, sample_expression
from firs.milvus.rows import COLUMNS, Caption, captions_of, record_of
from firs.milvus.schema import KEY, caption_count_field, id_of, path_of, to_stored_path, vectors_of
from firs.milvus.server import Server
from firs.storage.records import EncoderRecord, ImageRecord

if TYPE_CHECKING:
    from firs.encoders import Vectors
    from firs.index.base import Ids
    from firs.search import EmbeddingMatrix
    from firs.search.searcher import Vector
    from firs.search.shortlist import Fetched

FEW = 2_000
"""Number of images that may be read in addition to the requested ones."""

Added = tuple[int, int]
"""The time when an image was added, in µs since 1970, and its id."""


def newest(
    since: Callable[[int], int],
    between: Callable[[int, int], Iterable[Added]],
    start: int,
    count: int,
    span: tuple[int, int],
) -> list[int]:
    """Return the ids of some images, most recently added first.

    Two times between which these images and few others were added are found by bisection, and only
    the images in between are read.

    Args:
        since: returns the number of images that were added at a time or later.
        between: returns the images that were added from a time on and before another.
        start: number of newer images to skip.
        count: maximum number of images.
        span: a time before all images were added, and one after.
    """
    low, high = span
    after = min(start + count, since(low))
    if after <= start:
        return []
    first = _moment(since, low, high, after)
    end = high if start <= FEW else _moment(since, first, high, start - FEW)
    skipped = 0 if end == high else since(end)
    if skipped > start:
        end += 1
        skipped = since(end)
    found = sorted(between(first, end), reverse=True)
    return [id_ for _, id_ in found[start - skipped : after - skipped]]


def _moment(since: Callable[[int], int], low: int, high: int, least: int) -> int:
    """Return the latest time since which ``least`` images were added, or few more."""
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
"""Microseconds by which another machine's clock may be ahead."""


class Listing:
    """Reader of the images of one collection.

    Args:
        server: the connection.
        name: name of the collection.
    """

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._name = name

    def count(self) -> int:
        """Return the number of images."""
        return self._server.count(self._name)

    def captions(self) -> int:
        """Count the captions: the images with one or more, with two or more, and so on."""
        total, least = 0, 1
        field = caption_count_field(self._server, self._name)
        while more := self._server.count(self._name, f"{field} >= {least}"):
            total, least = total + more, least + 1
        return total

    def all(self) -> Iterator[ImageRecord]:
        """Yield the records of all images by id."""
        for some in self._server.iterate(self._name, fields=COLUMNS, size=_AT_ONCE):
            yield from map(record_of, some)

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        """Return the records of the given images that exist, by id."""
        found = self._server.get(self._name, ids, COLUMNS)
        return {int(id_): record_of(row) for id_, row in found.items()}

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        """Return the records of some images, most recently added first."""
        end = time.time_ns() // 1000 + _LATER
        ids = newest(self._since, self._between, start, count, (0, end))
        found = self.records(ids)
        return [found[id_] for id_ in ids if id_ in found]

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of the given images that exist, by id."""
        found = self._server.get(self._name, ids, ("path",))
        return {int(id_): Path(path_of(row["path"])) for id_, row in found.items()}

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        """Return the ids of the images at some paths; unknown paths are omitted."""
        guessed = {id_of(path): path for path in paths}
        rows = self._server.get(self._name, guessed, ("path",))
        found = {
            guessed[int(id_)]: int(id_)
            for id_, row in rows.items()
            if path_of(row["path"]) == guessed[int(id_)]
        }
        rest = [path for path in paths if path not in found]
        return found | self._ids_by_paths(rest)

    def _ids_by_paths(self, paths: Sequence[str]) -> dict[str, int]:
        """Return the same for images with other ids, because they were moved or migrated."""
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


_CAPTIONED_AT_ONCE = 1_000


def has_captions(server: Server, name: str) -> str:
    """Return an expression that matches the images with captions."""
    return f"{caption_count_field(server, name)} > 0"


def captioned_images(
    server: Server, name: str, most: int | None = None
) -> Iterator[tuple[int, Sequence[Caption]]]:
    """Yield the ids and captions of the images with captions, by id.

    Args:
        server: the connection.
        name: name of the collection.
        most: read a pseudo-random sample of about so many images, always the same; default all.
    """
    where = has_captions(server, name)
    if most is not None and (sample := sample_expression(most, server.count(name, where))):
        where = f"{where} and {sample}"
    for rows in server.iterate(name, where, ("captions",), size=_CAPTIONED_AT_ONCE):
        yield from ((int(row[KEY]), captions_of(row)) for row in rows)


_OLDEST = 30.0
"""Seconds for which a sample is used after embeddings were added or removed, if they are few."""
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
        self._cached: dict[str, _CachedSample] = {}

    def table(self, encoder: EncoderRecord) -> "EmbeddingMatrix":
        """Return the sample of an encoder's embeddings, with the number of all."""
        with self._lock:
            cached = self._cached.get(encoder.name)
            if cached is None or cached.encoder != encoder:
                count = self._server.count(vectors_of(self._name, encoder.name))
                if cached is None or not cached.is_valid_for(encoder, count):
                    cached = _CachedSample(encoder, time.monotonic(), self._draw(encoder, count))
                    self._cached[encoder.name] = cached
            return cached.table

    def _draw(self, encoder: EncoderRecord, count: int) -> "EmbeddingMatrix":
        from firs.search.shortlist import SAMPLE, sample_table

        where = sample_expression(SAMPLE, count)
        rows = self._server.query(vectors_of(self._name, encoder.name), where, ("vector",))
        ids, vectors = stack_rows(rows)
        return sample_table(ids, vectors.reshape(len(ids), encoder.dim), max(count, len(ids)))


@dataclass(frozen=True, slots=True)
class _CachedSample:
    """A sample, with the state that it was drawn from and the time."""

    encoder: EncoderRecord
    at: float
    table: "EmbeddingMatrix"

    def is_valid_for(self, encoder: EncoderRecord, count: int) -> bool:
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
        from firs.search.shortlist import REMOVED

        found = self._listing.paths(ids)
        return [found.get(id_, REMOVED) for id_ in ids]

    def vector(self, id_: int) -> "Vector":
        _, vectors = fetch_vectors(self._server, self._home, [id_])
        if not len(vectors):
            raise self._missing(id_)
        vector: Vector = vectors[0]
        return vector

    def matrix(self) -> "EmbeddingMatrix":
        """Return the sample of all images."""
        return self._sample()

    def nearest(self, vectors: "Vectors", count: int, subset: "Ids | None") -> "Fetched":
        """Return the ``count`` images nearest to each of some vectors, as one set."""
        return self.fetch(self._index.near(vectors, count, subset))

    def fetch(self, ids: "Ids") -> "Fetched":
        found, vectors = fetch_vectors(self._server, self._home, ids.tolist())
        return found, vectors.reshape(len(found), self._encoder.dim)

    def filter_known(self, ids: Sequence[int]) -> list[int]:
        found = self._server.get(self._home, ids)
        return [id_ for id_ in ids if id_ in found]

    def _missing(self, id_: int) -> InputError:
        if not self._listing.paths([id_]):
            return InputError(f"There is no image with the id {id_} in the collection.")
        name = self._encoder.name
        return InputError(
            f"The image {id_} has no vector of {name!r}. Add it: firs index DIR --encoder {name}"
        )
