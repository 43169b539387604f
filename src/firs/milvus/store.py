"""A collection on a Milvus server, shared by many machines: see ``firs.collection.store``."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from firs.collection.calibrations import CalibrationStore
from firs.collection.querylog import LOG
from firs.collection.searcher import CollectionSearcher
from firs.collection.store import MARK, MIGRATION, CaptionOf, require_known, require_whole
from firs.encoders import Encoder
from firs.errors import ServerDown, ServerStalled
from firs.filters import Filter
from firs.indexing.indexer import Indexer, IndexRequest
from firs.indexing.ingest_session import Begin
from firs.indexing.vectors import Vector, refuse_other_weights, unit_vectors
from firs.milvus.address import Address
from firs.milvus.ann_index import ServerIndexing
from firs.milvus.documents import IMAGES, MilvusDocuments
from firs.milvus.durability import StoredCounts
from firs.milvus.encoder_registry import EncoderRegistry
from firs.milvus.expansions import ServerExpansions
from firs.milvus.fields import STORED_PATHS
from firs.milvus.images import Listing, some_said
from firs.milvus.index_config import IndexConfigStore
from firs.milvus.ingest_session import Importer, MilvusIngestSession, register_encoder
from firs.milvus.retry import limit_wait
from firs.milvus.rows import Rows, ServerTags
from firs.milvus.schema import SCHEMA, check_images, creation_time, make_images, vectors_of
from firs.milvus.searcher import MilvusSnapshots
from firs.milvus.server import Server
from firs.milvus.stores import ServerExamples
from firs.storage.documents import Problems
from firs.storage.encoders import AskedEncoders, EncodersInUse, encoder_by_name, some_held
from firs.storage.records import AddReport, EncoderRecord, ImageRecord, Info, Problem
from firs.storage.rows import Ids, StoredVectors
from firs.user_dirs import cache_folder

_log = logging.getLogger(__name__)


class MilvusStore:
    """Images, captions and embeddings on a server; see ``Store`` and ``docs/distributed.md``.

    Raises:
        ServerError: the server is down, stalls or refuses; by every method.
        NameTaken: something else on the server has this name.
    """

    home: Path | None

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        address = Address.parse(str(path))
        self.location = str(address)
        self.home = None
        self.path = cache_folder() / "milvus" / quote(self.location, safe="")
        self._name = address.name
        self._dtype = dtype
        self.server = Server(address)
        try:
            with limit_wait():
                self._open(encoder, create=create)
        except BaseException:
            self.server.close()
            raise

    def _open(self, encoder: AskedEncoders, *, create: bool) -> None:
        self.server.version()
        writer = self.server.writer()
        notes = MilvusDocuments(self.server, self._name)
        if create:
            self._make(notes)
        else:
            check_images(self.server, self._name)
        moved = notes.get(MIGRATION, [MARK]).get(MARK, {})
        require_whole(moved.get("source"), self.location)
        self._open_stores(notes, MilvusDocuments(writer, self._name), writer)
        self._encoders = EncodersInUse(encoder, self._holding.records(), self.location)
        self._adding = Indexer(self._encoders, self._writing)
        self._open_searching()
        self._stored = StoredCounts(self.server, self._name, notes)
        if warning := self._stored.warning():
            _log.warning("%s", warning)

    def _make(self, notes: MilvusDocuments) -> None:
        """Make what is not there; loading takes seconds, so all of a new one is loaded at once."""
        steps: list[Callable[[], None]] = [partial(make_images, self.server, self._name)]
        if not self.server.has(self._name):
            steps.append(notes.make)
        with ThreadPoolExecutor(len(steps)) as pool:
            for made in [pool.submit(step) for step in steps]:
                made.result()

    def _open_stores(self, notes: MilvusDocuments, fresh: MilvusDocuments, writer: Server) -> None:
        """Open the stores of everything except embeddings.

        A writer reads through ``fresh`` and ``writer``, which see the writes of all processes, and
        waits through a restart of the server.
        """
        self._notes = notes
        self.documents = notes
        self.examples = ServerExamples(notes)
        self.expansions = ServerExpansions(notes)
        self._uses = IndexConfigStore(self.server, self._name, notes)
        forget: list[Callable[[Sequence[int]], None]] = [
            partial(fresh.forget_of, LOG),
            ServerExpansions(fresh).forget_images,
        ]
        self._rows = Rows(
            writer, self._name, fresh, forget, IndexConfigStore(writer, self._name, fresh).bits
        )
        self._listing = Listing(self.server, self._name)
        self._holding = EncoderRegistry(self.server, self._name, notes)
        self._problems = Problems(notes, STORED_PATHS)
        self._found_problems = Problems(fresh, STORED_PATHS)
        self._tags = ServerTags(self.server, self._name, self._rows, notes, self.location)

    def _open_searching(self) -> None:
        self._snapshots = MilvusSnapshots(
            self.server,
            self._name,
            self._holding,
            self._uses,
            CalibrationStore(self._notes),
            self.expansions,
        )
        self.searcher = CollectionSearcher(self._snapshots.open, self._encoders, self.location)
        self.index = self._indexing = ServerIndexing(
            self.server,
            self._name,
            self._notes,
            self._holding,
            self._encoders,
            self._uses,
            self._snapshots.searcher,
        )

    @property
    def is_writable(self) -> bool:
        return True  # a missing permission is reported by the write itself

    def close(self) -> None:
        self.server.close()

    def limit_wait(self) -> AbstractContextManager[None]:
        return limit_wait()

    def count(self) -> int:
        return self._listing.count()

    def records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        return self._listing.records(ids)

    def all_records(self) -> Iterator[ImageRecord]:
        return self._listing.all()

    def newest(self, start: int, count: int) -> list[ImageRecord]:
        return self._listing.newest(start, count)

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        return self._listing.paths(ids)

    def ids(self, paths: Sequence[str]) -> dict[str, int]:
        return self._listing.ids(paths)

    def problems(self) -> list[Problem]:
        return [Problem(Path(path), reason) for path, reason in self._problems.all()]

    def info(self) -> Info:
        return Info(
            path=self.location,
            images=self._listing.count(),
            captions=self._listing.captions(),
            problems=self._problems.count(),
            encoders=tuple(self._holding.infos()),
            bytes=None,
            schema=SCHEMA,
            created_at=creation_time(self.server, self._name),
        )

    def vectors(self, encoder: str | None) -> tuple[Ids, StoredVectors]:
        return self._holding.vectors(self._encoder_record(encoder))

    def add(self, request: IndexRequest) -> AddReport:
        try:
            return self._add_and_settle(request)
        except (ServerDown, ServerStalled) as error:
            raise type(error)(
                f"{error} Finished batches are kept: run the same again to go on from there."
            ) from error

    def _add_and_settle(self, request: IndexRequest) -> AddReport:
        try:
            report = self._adding.run(request)
        finally:
            self._holding.invalidate()
        if _has_changed(report):
            self._stored.save()
        if report.added or report.filled or report.removed:
            self._indexing.settle(self._encoders.one().name)
        return report

    def remove(self, ids: Sequence[int]) -> None:
        require_known(ids, self._rows.get(ids), self.location)
        self._rows.remove(ids)
        self._holding.invalidate()

    def import_vectors(
        self, encoder: Encoder, parts: Iterable[Mapping[Path, Vector]], *, add_missing: bool
    ) -> int:
        self._holding.invalidate()  # another may have added vectors of other weights just now
        refuse_other_weights(self._holding.records(), encoder)
        taken = 0
        try:
            for vectors in (unit_vectors(given, encoder) for given in parts):
                taken += self._importer(encoder).put(vectors, add_missing=add_missing)
        finally:
            self._holding.invalidate()
        if taken:
            self._stored.save()
            self._indexing.settle(encoder.name)
        return taken

    def forget_vectors(self, encoder: str) -> int:
        writer = self.server.writer()
        name = self._encoder_record(encoder).name
        count = writer.count(vectors_of(self._name, name))
        with self._notes.removing(IMAGES):
            writer.drop(vectors_of(self._name, name))
        CalibrationStore(self._notes).forget(name)
        self.expansions.forget_encoder(name)
        self._uses.forget(name)
        self._holding.invalidate()
        return count

    def sample_captions(self, images: int) -> list[CaptionOf]:
        sample = some_said(self.server, self._name, images)
        return [(image, each["text"]) for image, captions in sample for each in captions]

    def add_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        return self._tags.add(ids, tags)

    def remove_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        return self._tags.remove(ids, tags)

    def tags(self) -> dict[str, int]:
        return self._tags.counts()

    def filter_ids(self, where: Filter) -> Ids:
        return self._snapshots.filter_ids(where)

    def require_vectors(self, encoder: str) -> None:
        self._encoder_record(encoder)

    def _encoder_record(self, name: str | None) -> EncoderRecord:
        """The encoder of this name, or the one in use, if there are vectors of it."""
        stored = some_held(self._holding.records(), self.location)
        return (
            self._encoders.one().matching_record(stored)
            if name is None
            else encoder_by_name(stored, name)
        )

    @contextmanager
    def _writing(self) -> Iterator[Begin]:
        writer = self.server.writer()
        yield lambda encoder, folders: MilvusIngestSession(
            writer, self._name, self._rows, self._found_problems, encoder, self._dtype, folders
        )

    def _importer(self, encoder: Encoder) -> Importer:
        writer = self.server.writer()
        record = register_encoder(writer, self._name, encoder, self._dtype)
        return Importer(writer, self._name, self._rows, record)


def _has_changed(report: AddReport) -> bool:
    """Whether an ingest wrote anything but problems."""
    return any(
        (report.added, report.updated, report.moved, report.removed, report.filled, report.captions)
    )
