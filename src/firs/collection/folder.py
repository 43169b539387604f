"""A collection in a folder: what one machine needs."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firs.collection import examples
from firs.collection.ann_index import Indexing
from firs.collection.calibration_store import StoredCalibrations
from firs.collection.collection import Collection
from firs.collection.examples import ExampleFile
from firs.collection.expansion_store import StoredExpansions
from firs.collection.made_captions import GeneratedCaptions
from firs.collection.querylog import QueryLog
from firs.collection.searcher import CollectionSearcher, SearchRequest
from firs.collection.sessions import SessionStore
from firs.collection.tagging import SQLiteTags
from firs.encoders import Encoder
from firs.errors import CollectionError
from firs.filters import Filter
from firs.ranking import Ranking
from firs.storage import rows
from firs.storage.database import Database, transaction
from firs.storage.encoders import (
    AskedEncoders,
    EncodersInUse,
    encoder_by_name,
    require_encoders,
)
from firs.storage.paths import Root, real
from firs.storage.records import AddReport, EncoderRecord, ImageRecord, Info, Problem

if TYPE_CHECKING:
    from firs.indexing.indexer import IndexRequest
    from firs.indexing.ingest_session import Begin
    from firs.indexing.vectors import Vector
    from firs.search import EmbeddingSearcher


KEY = "migration"
"""The key of the mark: in a folder's ``meta``, or a document kind on a server."""

MARK = "mark"
"""The note's key."""


def source_of(connection: sqlite3.Connection) -> str | None:
    """Return where the rest of an incomplete folder collection is located, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (KEY,)).fetchone()
    return None if row is None else str(json.loads(row[0])["source"])


def require_whole(source: str | None, location: str) -> None:
    """Check that an incomplete collection is not searched or written to.

    Raises:
        CollectionError: the rest is located at ``source``.
    """
    if source is not None:
        raise CollectionError(
            f"{location} waits for the rest of {source}. Finish that first: "
            f"firs migrate {source} {location}"
        )


class FolderCollection(SQLiteTags, Collection):
    """Images, captions and vectors in one SQLite database; see ``Collection``."""

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        super().__init__(path, encoder, create=create, dtype=dtype)
        self.path = Path(real(path))
        self.location = str(self.path)
        self.home = self.path.parent
        self._root = Root(str(self.home))
        self._database = Database(self.path, create=create)
        try:
            with self._database.reading() as connection:
                require_whole(source_of(connection), self.location)
                stored = rows.encoders(connection)
            self._encoders = EncodersInUse(encoder, stored, self.path)
        except BaseException:
            self._database.close()
            raise
        self._finding = CollectionSearcher(self._database, self._root, self._encoders, self.path)
        self._dtype = dtype
        self.sessions = SessionStore(self._database)
        self.log = QueryLog(self._database)
        self.made_captions = GeneratedCaptions(self._database)
        self.examples = ExampleFile(self.path / examples.NAME)
        self._calibrations = StoredCalibrations(self._database)
        self._expansions = StoredExpansions(self._database)
        self.index = Indexing(self._database, self._finding, self._encoders)

    def close(self) -> None:
        """Close the database, after an index that is being built."""
        self._finding.close()
        self._database.close()

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return rows.count(connection, "image")

    def __iter__(self) -> Iterator[ImageRecord]:
        """Iterate over all images by id; concurrent changes may or may not be included."""
        after = 0
        while records := self._images_after(after):
            yield from records
            after = records[-1].id

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of some images by id; unknown ids are omitted."""
        with self._database.reading() as connection:
            return rows.paths(connection, self._root, ids)

    @property
    def is_writable(self) -> bool:
        """Return whether the collection can be written to."""
        return self._database.writable

    def problems(self) -> list[Problem]:
        """Files that could not be read when they were last looked at, and why."""
        with self._database.reading() as connection:
            return rows.problems(connection, self._root)

    def info(self) -> Info:
        """Return a summary of the collection's contents and its size on disk."""
        with self._database.reading() as connection:
            return rows.info(connection, self.path)

    def vectors(self, encoder: str | None = None) -> tuple[rows.Ids, rows.StoredVectors]:
        """Return all embeddings of an encoder, by default the collection's own."""
        with self._database.reading() as connection:
            return rows.vectors(connection, self._encoder_record(connection, encoder).name)

    def remove(self, ids: Iterable[int]) -> None:
        """Forget images, their captions and vectors; their files stay as they are."""
        with self._database.writing() as connection, transaction(connection):
            wanted = [(id_,) for id_ in self._require_ids(connection, ids)]
            connection.executemany("DELETE FROM image WHERE id = ?", wanted)

    def import_vectors(
        self,
        encoder: Encoder,
        parts: Iterable[Mapping[Path, "Vector"]],
        *,
        add_missing: bool = False,
    ) -> int:
        """Take in many vectors that were made elsewhere, a transaction a part."""
        from firs.indexing.vectors import put_vectors

        taken = 0
        with self._database.writing() as connection:
            for given in parts:
                with transaction(connection):
                    taken += put_vectors(
                        connection, self._root, encoder, given, self._dtype, add_missing=add_missing
                    )
        return taken

    def forget_vectors(self, encoder: str) -> int:
        """Remove all vectors of one encoder; the images and other vectors stay."""
        with self._database.writing() as connection, transaction(connection):
            return rows.forget(connection, self._encoder_record(connection, encoder).name)

    def filter_ids(self, where: Filter) -> rows.Ids:
        """Return the ids of the images that pass a filter: int64 ``(n,)``, ascending."""
        return self._finding.filter_ids(where)

    @contextmanager
    def open_searcher(
        self, encoder: AskedEncoders = None, where: Filter | None = None
    ) -> "Iterator[EmbeddingSearcher]":
        """Open a searcher over the current embeddings of one encoder."""
        with self._finding.open_searcher(encoder, where) as space:
            yield space

    def require_vectors(self, encoder: str) -> None:
        """Make sure that there are vectors of an encoder, whether or not it can be opened here."""
        with self._database.reading() as connection:
            self._encoder_record(connection, encoder)

    def _encoder_record(self, connection: sqlite3.Connection, name: str | None) -> EncoderRecord:
        """Return the encoder of this name, or the one in use, if it has embeddings."""
        stored = require_encoders(connection, self.path)
        if name is None:
            return self._encoders.one().matching_record(stored)
        return encoder_by_name(stored, name)

    def _records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        with self._database.reading() as connection:
            found = rows.images(connection, self._root, ids)
        return {record.id: record for record in found}

    def _newest(self, start: int, count: int) -> list[ImageRecord]:
        with self._database.reading() as connection:
            return rows.newest(connection, self._root, start, count)

    def _ids(self, paths: Sequence[str]) -> dict[str, int]:
        with self._database.reading() as connection:
            return rows.ids(connection, self._root, paths)

    def _images_after(self, after: int) -> list[ImageRecord]:
        with self._database.reading() as connection:
            return rows.images_after(connection, self._root, after)

    @contextmanager
    def _writing(self) -> Iterator["Begin"]:
        with self._database.writing() as connection:
            from firs.storage.writing import SQLiteIngestSession

            yield lambda encoder, _: SQLiteIngestSession(
                connection, self._root, encoder, self._dtype
            )

    def _add(self, request: "IndexRequest") -> AddReport:
        from firs.indexing.indexer import Indexer

        return Indexer(self._encoders, self._writing).run(request)

    def _answer(self, wanted: SearchRequest) -> Ranking:
        return self._finding.run(wanted)
