"""A collection's images as a search needs them, in one snapshot of the database."""

import os
import re
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firs.collection.calibrations import CachedHubness, CalibrationStore
from firs.collection.expansions import CachedExpansion
from firs.collection.index_maintainer import Nearest
from firs.errors import InputError
from firs.filters import Filter, compile_glob, nanoseconds
from firs.sources.paths import Root, is_url, plain_glob, real
from firs.storage import rows
from firs.storage.database import Database
from firs.storage.documents import SQLiteDocuments
from firs.storage.encoders import EncoderInUse
from firs.storage.records import EncoderRecord
from firs.storage.rows import Ids

if TYPE_CHECKING:
    from firs.calibration.hubness import Hubness
    from firs.expansion import Expansion
    from firs.search import EmbeddingMatrix, EmbeddingSearcher
    from firs.search.searcher import Vector


class Tables:
    """In-memory cache of all embeddings per encoder, reloaded when they have changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: dict[str, tuple[EncoderRecord, EmbeddingMatrix]] = {}

    def table(self, connection: sqlite3.Connection, encoder: EncoderRecord) -> "EmbeddingMatrix":
        """Return the embeddings in the connection's snapshot."""
        from firs.search import EmbeddingMatrix

        with self._lock:
            stored, table = self._held.get(encoder.name, (None, None))
            if table is None or stored != encoder:
                table = EmbeddingMatrix(*rows.vectors(connection, encoder.name))
                self._held[encoder.name] = encoder, table
            return table


@dataclass(frozen=True, slots=True)
class StoredImages:
    """The images of a collection, valid for the life of the snapshot.

    Args:
        connection: a reader's connection.
        root: the base folder of relative paths.
        encoder: the encoder that the embeddings come from.
        tables: the cache of all embeddings.
    """

    connection: sqlite3.Connection
    root: Root
    encoder: EncoderRecord
    tables: Tables

    def paths(self, ids: Sequence[int]) -> Sequence[Path]:
        places = rows.paths(self.connection, self.root, ids)
        return [places[id_] for id_ in ids]

    def vector(self, id_: int) -> "Vector":
        vector = rows.vector(self.connection, self.encoder.name, id_)
        if vector is None:
            raise self._lacking(id_)
        return vector.astype(np.float32)

    def _lacking(self, id_: int) -> InputError:
        if not rows.paths(self.connection, self.root, [id_]):
            return InputError(f"There is no image with the id {id_} in the collection.")
        name = self.encoder.name
        return InputError(
            f"The image {id_} has no vector of {name!r}. Add it: firs index DIR --encoder {name}"
        )

    def matrix(self) -> "EmbeddingMatrix":
        """Return all embeddings."""
        return self.tables.table(self.connection, self.encoder)


@dataclass(frozen=True, slots=True)
class StoredCorrections:
    """Calibration and expansion of text scores in one snapshot, cached as long as they are current.

    Args:
        images: the images of the snapshot.
        cached_hubness: cache of each encoder's hubness.
        cached_expansion: cache of each encoder's expansion.
    """

    images: StoredImages
    cached_hubness: CachedHubness
    cached_expansion: CachedExpansion

    def hubness(self, _: "EmbeddingSearcher") -> "Hubness | None":
        images = self.images
        stored = CalibrationStore(SQLiteDocuments.within(images.connection))
        return self.cached_hubness.get(stored, images.encoder, images.matrix)

    def expansion(self, _: "EmbeddingSearcher") -> "Expansion | None":
        images = self.images
        return self.cached_expansion.get(images.connection, images.encoder, images.matrix)


_KEPT = 16
"""Number of filters for which the matching images are cached, to serve repeated searches."""


class Attributes:
    """One state of all images' attributes.

    Args:
        ids: int64 ``(n,)``, ascending.
        names: the paths as they are noted, in the order of ``ids``.
        times: int64 ``(n,)``, nanoseconds since 1970.
        sizes: int64 ``(n,)``, bytes.
        tags: name → ids.
    """

    def __init__(
        self,
        ids: Ids,
        names: Sequence[str],
        times: NDArray[np.int64],
        sizes: NDArray[np.int64],
        tags: Mapping[str, Ids],
    ) -> None:
        self._ids = ids
        self._names = names
        self._times = times
        self._sizes = sizes
        self._tags = tags
        self._passed: dict[Filter, Ids] = {}

    @classmethod
    def read(cls, connection: sqlite3.Connection) -> "Attributes":
        """Read them from the database."""
        rows = connection.execute("SELECT id, path, mtime_ns, bytes FROM image ORDER BY id")
        columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
        ids, times, sizes = (np.array(columns[at], dtype=np.int64) for at in (0, 2, 3))
        tagged: dict[str, list[int]] = defaultdict(list)
        for name, id_ in connection.execute("SELECT name, image_id FROM tag"):
            tagged[name].append(id_)
        tags = {name: np.array(those, dtype=np.int64) for name, those in tagged.items()}
        return cls(ids, [os.fsdecode(noted) for noted in columns[1]], times, sizes, tags)

    def filter_ids(self, where: Filter, root: Root) -> Ids:
        """Return the ids of the images that pass a filter: int64 ``(m,)``, ascending."""
        found = self._passed.get(where)
        if found is None:
            found = self._ids[self._passes(where, root)]
            if len(self._passed) >= _KEPT:
                self._passed.clear()
            self._passed[where] = found
        return found

    def _passes(self, where: Filter, root: Root) -> NDArray[np.bool_]:
        passes = np.ones(len(self._ids), dtype=np.bool_)
        for name in where.tags:
            passes &= np.isin(self._ids, self._tags.get(name, ()))
        for column, low, end in (
            (self._times, nanoseconds(where.after), nanoseconds(where.before)),
            (self._sizes, where.larger, where.smaller),
        ):
            passes &= column >= low if low is not None else True
            passes &= column < end if end is not None else True
        return passes & self._is_within(where, root) if where.within else passes

    def _is_within(self, where: Filter, root: Root) -> NDArray[np.bool_]:
        fits = [_pattern(glob, root).fullmatch for glob in where.within]
        return np.array([any(fit(name) for fit in fits) for name in self._names], dtype=np.bool_)


class CachedAttributes:
    """In-memory cache of the image attributes, reloaded when they have changed."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._held: tuple[int, Attributes] | None = None

    def filter_ids(self, connection: sqlite3.Connection, where: Filter) -> Ids:
        """Return the ids of the images that pass a filter in the connection's snapshot."""
        (revision,) = connection.execute("SELECT revision FROM attributes").fetchone()
        with self._lock:
            if self._held is None or self._held[0] != revision:
                self._held = revision, Attributes.read(connection)
            return self._held[1].filter_ids(where, self._root)


def _pattern(glob: str, root: Root) -> re.Pattern[str]:
    """Compile a pattern of stored paths: relative ones below the root, absolute ones elsewhere."""
    if is_url(glob):
        return compile_glob(plain_glob(glob))
    if not os.path.isabs(os.path.expanduser(glob)):  # noqa: PTH111, PTH117
        return compile_glob(glob)
    path = real(glob)
    if path == root.folder:
        return compile_glob("*")
    noted, end = os.fsdecode(root.to_stored_path(path)), "/" if glob.endswith("/") else ""
    return compile_glob(f"{noted}{end}" if os.path.isabs(noted) else f"./{noted}{end}")  # noqa: PTH117


class SQLiteSnapshots:
    """Snapshots of a database; data in memory is reloaded when it has changed.

    Args:
        database: the collection's.
        root: the base folder of its paths.
        folder: the collection's folder, in which indexes are stored.
    """

    def __init__(self, database: Database, root: Root, folder: Path) -> None:
        self._database = database
        self.root = root
        self.nearest = Nearest(database, folder if database.writable else None)
        self.tables = Tables()
        documents = SQLiteDocuments.of(database)
        self.hubness = CachedHubness(CalibrationStore(documents) if database.writable else None)
        self.expansion = CachedExpansion()
        self.attributes = CachedAttributes(root)

    @contextmanager
    def open(self) -> "Iterator[SQLiteSnapshot]":
        """Open the current state of the database until the context ends."""
        with self._database.reading() as connection:
            yield SQLiteSnapshot(connection, self)

    def filter_ids(self, where: Filter) -> rows.Ids:
        with self._database.reading() as connection:
            return self.attributes.filter_ids(connection, where)

    def close(self) -> None:
        """Wait for an index that is being built in the background."""
        self.nearest.close()


class SQLiteSnapshot:
    """One state of a database, to search; see ``firs.collection.searcher.Snapshot``."""

    def __init__(self, connection: sqlite3.Connection, cached: SQLiteSnapshots) -> None:
        self._connection = connection
        self._cached = cached

    def encoders(self) -> list[EncoderRecord]:
        return rows.encoders(self._connection)

    def searchers(
        self, encoders: Sequence[tuple[EncoderInUse, EncoderRecord]], where: Filter | None
    ) -> "list[EmbeddingSearcher]":
        subset = self._cached.attributes.filter_ids(self._connection, where) if where else None
        return [self._searcher(encoder, record, subset) for encoder, record in encoders]

    def hashes(self, ids: rows.Ids) -> Mapping[int, bytes]:
        return rows.hashes(self._connection, ids.tolist())

    def _searcher(
        self, encoder: EncoderInUse, record: EncoderRecord, subset: rows.Ids | None
    ) -> "EmbeddingSearcher":
        from firs.search import EmbeddingSearcher

        connection, cached = self._connection, self._cached
        open_encoder = partial(encoder.open, [record])
        images = StoredImages(connection, cached.root, record, cached.tables)
        corrections = StoredCorrections(images, cached.hubness, cached.expansion)
        return EmbeddingSearcher(
            record.name,
            open_encoder,
            cached.nearest.index(connection, record, open_encoder),
            images,
            subset,
            fingerprint=record.fingerprint,
            revision=record.revision,
            calibration_source=corrections,
            expansion_source=corrections,
        )
