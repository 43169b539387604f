"""A collection in a folder, in one SQLite database: see ``firs.collection.store``."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from firs.collection.searcher import CollectionSearcher
from firs.collection.snapshot import SQLiteSnapshots
from firs.collection.store import MIGRATION, CaptionOf, require_known, unfinished_migration
from firs.encoders import Encoder
from firs.filters import Filter
from firs.sources.paths import Root, real
from firs.storage import rows
from firs.storage.database import Database, transaction
from firs.storage.documents import Problems, SQLiteDocuments, paths_below
from firs.storage.encoders import AskedEncoders, EncodersInUse, encoder_by_name, require_encoders
from firs.storage.records import AddReport, EncoderRecord, ImageRecord, Info, Problem

if TYPE_CHECKING:
    from firs.collection.ann_index import Indexing
    from firs.collection.examples import ExampleFile
    from firs.collection.expansions import StoredExpansions
    from firs.indexing.indexer import IndexRequest
    from firs.indexing.ingest_session import Begin
    from firs.indexing.vectors import Vector


def require_whole(connection: sqlite3.Connection, location: str) -> None:
    """Check that an incomplete collection is not searched or written to.

    Raises:
        CollectionError: its rest is located elsewhere.
    """
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (MIGRATION,)).fetchone()
    if row is not None:
        raise unfinished_migration(json.loads(row[0])["source"], location)


class SQLiteStore:
    """Images, captions and embeddings in one SQLite database; see ``Store``."""

    home: Path | None

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        self.path = Path(real(path))
        self.location = str(self.path)
        self.home = self.path.parent
        self._root = Root(str(self.home))
        self.database = Database(self.path, create=create)
        try:
            with self.database.reading() as connection:
                require_whole(connection, self.location)
                stored = rows.encoders(connection)
            self._encoders = EncodersInUse(encoder, stored, self.path)
        except BaseException:
            self.database.close()
            raise
        self.snapshots = SQLiteSnapshots(self.database, self._root, self.path)
        self.searcher = CollectionSearcher(self.snapshots.open, self._encoders, self.path)
        self._dtype = dtype
        self.documents = SQLiteDocuments.of(self.database)

    @cached_property
    def examples(self) -> "ExampleFile":
        from firs.collection.examples import NAME, ExampleFile

        return ExampleFile(self.path / NAME)

    @cached_property
    def expansions(self) -> "StoredExpansions":
        from firs.collection.expansions import StoredExpansions

        return StoredExpansions(self.database)

    @cached_property
    def index(self) -> "Indexing":
        from firs.collection.ann_index import Indexing

        return Indexing(self.database, self.searcher, self._encoders)

    @property
    def is_writable(self) -> bool:
        return self.database.writable

    def close(self) -> None:
        self.snapshots.close()
        self.database.close()

    def limit_wait(self) -> AbstractContextManager[None]:
        return nullcontext()

    def count(self) -> int:
        with self.database.reading() as connection:
            return rows.count(connection, "image")

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        with self.database.reading() as connection:
            found = rows.images(connection, self._root, ids)
        return {record.id: record for record in found}

    def all_records(self) -> Iterator[ImageRecord]:
        after = 0
        while records := self._records_after(after):
            yield from records
            after = records[-1].id

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        with self.database.reading() as connection:
            return rows.newest(connection, self._root, start, count)

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        with self.database.reading() as connection:
            return rows.paths(connection, self._root, ids)

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        with self.database.reading() as connection:
            return rows.ids(connection, self._root, paths)

    def problems(self) -> list[Problem]:
        found = Problems(self.documents, paths_below(self._root)).all()
        return [Problem(Path(path), reason) for path, reason in found]

    def info(self) -> Info:
        with self.database.reading() as connection:
            return rows.info(connection, self.path)

    def vectors(self, encoder: str | None) -> tuple[rows.Ids, rows.StoredVectors]:
        with self.database.reading() as connection:
            return rows.vectors(connection, self._encoder_record(connection, encoder).name)

    def add(self, request: "IndexRequest") -> AddReport:
        from firs.indexing.indexer import Indexer

        return Indexer(self._encoders, self._writing).run(request)

    def remove(self, ids: Sequence[int]) -> None:
        with self.database.writing() as connection, transaction(connection):
            self._require_known(connection, ids)
            connection.executemany("DELETE FROM image WHERE id = ?", [(id_,) for id_ in ids])

    def import_vectors(
        self, encoder: Encoder, parts: "Iterable[Mapping[Path, Vector]]", *, add_missing: bool
    ) -> int:
        from firs.indexing.vectors import put_vectors

        count = 0
        with self.database.writing() as connection:
            for given in parts:
                with transaction(connection):
                    count += put_vectors(
                        connection, self._root, encoder, given, self._dtype, add_missing=add_missing
                    )
        return count

    def forget_vectors(self, encoder: str) -> int:
        with self.database.writing() as connection, transaction(connection):
            return rows.forget(connection, self._encoder_record(connection, encoder).name)

    def sample_captions(self, images: int) -> list[CaptionOf]:  # noqa: ARG002, reads are cheap
        with self.database.reading() as connection:
            return connection.execute("SELECT image_id, text FROM caption ORDER BY id").fetchall()

    def add_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        with self.database.writing() as connection, transaction(connection):
            self._require_known(connection, ids)
            return rows.add_tags(connection, ids, tags)

    def remove_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        with self.database.writing() as connection, transaction(connection):
            self._require_known(connection, ids)
            return rows.remove_tags(connection, ids, tags)

    def tags(self) -> dict[str, int]:
        with self.database.reading() as connection:
            return rows.tag_counts(connection)

    def filter_ids(self, where: Filter) -> rows.Ids:
        return self.snapshots.filter_ids(where)

    def require_vectors(self, encoder: str) -> None:
        with self.database.reading() as connection:
            self._encoder_record(connection, encoder)

    def _encoder_record(self, connection: sqlite3.Connection, name: str | None) -> EncoderRecord:
        """Return the encoder of this name, or the one in use, if it has embeddings."""
        known = require_encoders(connection, self.path)
        if name is None:
            return self._encoders.one().matching_record(known)
        return encoder_by_name(known, name)

    def _records_after(self, after: int) -> list[ImageRecord]:
        with self.database.reading() as connection:
            return rows.images_after(connection, self._root, after)

    def _require_known(self, connection: sqlite3.Connection, ids: Sequence[int]) -> None:
        require_known(ids, rows.paths(connection, self._root, ids).keys(), self.location)

    @contextmanager
    def _writing(self) -> Iterator["Begin"]:
        from firs.storage.writing import SQLiteIngestSession

        with self.database.writing() as connection:
            yield lambda encoder, _: SQLiteIngestSession(
                connection, self._root, encoder, self._dtype
            )
