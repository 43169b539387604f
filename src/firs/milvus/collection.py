"""A collection on a Milvus server: what many machines share."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from firs.collection import folder as unfinished
from firs.collection.collection import Collection
from firs.collection.searcher import SearchRequest
from firs.encoders import Encoder
from firs.errors import ServerDown, ServerStalled
from firs.filters import Filter
from firs.indexing.indexer import Indexer, IndexRequest
from firs.indexing.ingest_session import Begin
from firs.indexing.vectors import Vector, refuse_other_weights, unit_vectors
from firs.milvus.address import Address
from firs.milvus.ann_index import ServerIndexing
from firs.milvus.calibrations import ServerCalibrations
from firs.milvus.documents import IMAGES, Documents
from firs.milvus.durability import StoredCounts
from firs.milvus.encoder_registry import EncoderRegistry
from firs.milvus.expansions import ServerExpansions
from firs.milvus.index_config import IndexConfigStore
from firs.milvus.ingest_session import Importer, MilvusIngestSession, register_encoder
from firs.milvus.listing import Listing
from firs.milvus.querylog import ServerLog
from firs.milvus.retry import limit_wait
from firs.milvus.rows import Rows
from firs.milvus.schema import SCHEMA, check_images, creation_time, make_images, vectors_of
from firs.milvus.searcher import ServerFinding
from firs.milvus.server import Server
from firs.milvus.sessions import ServerSessions
from firs.milvus.stores import MilvusGeneratedCaptions, Problems, ServerExamples
from firs.milvus.tags import ServerTags
from firs.ranking import Ranking
from firs.storage.encoders import AskedEncoders, EncodersInUse, encoder_by_name, some_held
from firs.storage.records import AddReport, EncoderRecord, ImageRecord, Info, Problem
from firs.storage.rows import Ids, StoredVectors
from firs.user_dirs import cache_folder

if TYPE_CHECKING:
    from firs.search import EmbeddingSearcher


_log = logging.getLogger(__name__)


class MilvusCollection(Collection):
    """Images, captions and vectors on a server; see ``Collection`` and ``docs/distributed.md``.

    Raises:
        ServerError: the server is down, stalls or refuses; by every method.
        NameTaken: something else on the server has this name.
    """

    _calibrations: ServerCalibrations
    _expansions: ServerExpansions

    def __init__(
        self,
        path: str | Path,
        encoder: AskedEncoders = None,
        *,
        create: bool = True,
        dtype: Literal["float16", "float32"] = "float16",
    ) -> None:
        super().__init__(path, encoder, create=create, dtype=dtype)
        address = Address.parse(str(path))
        self.location = str(address)
        self.home = None
        self.path = cache_folder() / "milvus" / quote(self.location, safe="")
        self._name = address.name
        self._dtype = dtype
        self._server = Server(address)
        try:
            with limit_wait():
                self._open(encoder, create=create)
        except BaseException:
            self._server.close()
            raise

    def _open(self, encoder: AskedEncoders, *, create: bool) -> None:
        self._server.version()
        writer = self._server.writer()
        notes = Documents(self._server, self._name)
        if create:
            self._make(notes)
        else:
            check_images(self._server, self._name)
        moved = notes.get(unfinished.KEY, [unfinished.MARK]).get(unfinished.MARK, {})
        unfinished.require_whole(moved.get("source"), self.location)
        self._open_stores(notes, Documents(writer, self._name), writer)
        self._encoders = EncodersInUse(encoder, self._holding.records(), self.location)
        self._adding = Indexer(self._encoders, self._writing)
        self._open_searching()
        self._stored = StoredCounts(self._server, self._name, notes)
        if warning := self._stored.warning():
            _log.warning("%s", warning)

    def _make(self, notes: Documents) -> None:
        """Make what is not there; loading takes seconds, so all of a new one is loaded at once."""
        steps: list[Callable[[], None]] = [partial(make_images, self._server, self._name)]
        if not self._server.has(self._name):
            steps.append(notes.make)
        with ThreadPoolExecutor(len(steps)) as pool:
            for made in [pool.submit(step) for step in steps]:
                made.result()

    def _open_stores(self, notes: Documents, fresh: Documents, writer: Server) -> None:
        """Open the stores of everything except embeddings.

        A writer reads through ``fresh`` and ``writer``, which see the writes of all processes, and
        waits through a restart of the server.
        """
        self._notes = notes
        self.log = ServerLog(notes)
        self.sessions = ServerSessions(notes, self.log)
        self.made_captions = MilvusGeneratedCaptions(notes)
        self.examples = ServerExamples(notes)
        self._calibrations = ServerCalibrations(notes)
        self._expansions = ServerExpansions(notes, self.log)
        self._uses = IndexConfigStore(self._server, self._name, notes)
        written = ServerLog(fresh)
        forget = [written.forget_images, ServerExpansions(fresh, written).forget_images]
        self._rows = Rows(
            writer, self._name, fresh, forget, IndexConfigStore(writer, self._name, fresh).bits
        )
        self._listing = Listing(self._server, self._name)
        self._holding = EncoderRegistry(self._server, self._name, notes)
        self._problems = Problems(notes)
        self._found_problems = Problems(fresh)
        self._tags = ServerTags(self._server, self._name, self._rows, notes, self._require_known)

    def _open_searching(self) -> None:
        stored = self._holding, self._encoders, self._uses
        self._finding = ServerFinding(
            self._server, self._name, *stored, self._calibrations, self._expansions
        )
        self.index = self._indexing = ServerIndexing(
            self._server, self._name, self._notes, *stored, self._finding.part
        )

    def limit_wait(self) -> AbstractContextManager[None]:
        """Limit the time that all that is done inside waits for the server."""
        return limit_wait()

    def close(self) -> None:
        """Hang up."""
        self._server.close()

    def __len__(self) -> int:
        return self._listing.count()

    def __iter__(self) -> Iterator[ImageRecord]:
        """Yield all images by id; concurrent additions and removals may or may not be included."""
        return self._listing.all()

    def paths(self, ids: Sequence[int]) -> dict[int, Path]:
        """Return the paths of existing images by id."""
        return self._listing.paths(ids)

    @property
    def is_writable(self) -> bool:
        """Always True; a missing permission is reported by the write itself."""
        return True

    def problems(self) -> list[Problem]:
        """Files that could not be read when they were last looked at, and why."""
        return [Problem(Path(path), reason) for path, reason in self._problems.all()]

    def info(self) -> Info:
        """Return statistics of the collection; the server reports no size on disk."""
        return Info(
            path=self.location,
            images=len(self),
            captions=self._listing.captions(),
            problems=len(self._problems.all()),
            encoders=tuple(self._holding.infos()),
            bytes=None,
            schema=SCHEMA,
            created_at=creation_time(self._server, self._name),
        )

    def vectors(self, encoder: str | None = None) -> tuple[Ids, StoredVectors]:
        """All vectors of an encoder, by default the collection's own."""
        return self._holding.vectors(self._encoder_record(encoder))

    def remove(self, ids: Iterable[int]) -> None:
        """Forget images, their captions and vectors; their files stay as they are."""
        wanted = [int(id_) for id_ in ids]
        self._require_known(wanted, self._rows.get(wanted))
        self._rows.remove(wanted)
        self._holding.invalidate()

    def import_vectors(
        self,
        encoder: Encoder,
        parts: Iterable[Mapping[Path, Vector]],
        *,
        add_missing: bool = False,
    ) -> int:
        """Take in many vectors that were made elsewhere, part by part."""
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
        """Remove all vectors of one encoder; the images and other vectors stay."""
        writer = self._server.writer()
        name = self._encoder_record(encoder).name
        count = writer.count(vectors_of(self._name, name))
        with self._notes.removing(IMAGES):
            writer.drop(vectors_of(self._name, name))
        self._calibrations.forget(name)
        self._expansions.forget_encoder(name)
        self._uses.forget(name)
        self._holding.invalidate()
        return count

    def tag(self, ids: Iterable[int], *tags: str) -> int:
        """Give images tags, to find them by; see :class:`firs.filters.Filter`."""
        return self._tags.add(ids, tags)

    def untag(self, ids: Iterable[int], *tags: str) -> int:
        """Take tags away from images; return how many there were."""
        return self._tags.remove(ids, tags)

    def tags(self) -> dict[str, int]:
        """How many images have each tag."""
        return self._tags.counts()

    def filter_ids(self, where: Filter) -> Ids:
        """The images that pass a filter: ids int64 ``(n,)``, ascending."""
        return self._finding.passing(where)

    def open_searcher(
        self, encoder: AskedEncoders = None, where: Filter | None = None
    ) -> "AbstractContextManager[EmbeddingSearcher]":
        """All images of one encoder, ready to be searched; none of them is fetched for it."""
        return self._finding.space(encoder, where)

    def require_vectors(self, encoder: str) -> None:
        """Make sure that there are vectors of an encoder, whether or not it can be opened here."""
        self._encoder_record(encoder)

    def _records(self, ids: Sequence[int]) -> dict[int, ImageRecord]:
        return self._listing.records(ids)

    def _newest(self, start: int, count: int) -> list[ImageRecord]:
        return self._listing.newest(start, count)

    def _ids(self, paths: Sequence[str]) -> dict[str, int]:
        return self._listing.ids(paths)

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
        writer = self._server.writer()
        yield lambda encoder, folders: MilvusIngestSession(
            writer, self._name, self._rows, self._found_problems, encoder, self._dtype, folders
        )

    def _importer(self, encoder: Encoder) -> Importer:
        writer = self._server.writer()
        record = register_encoder(writer, self._name, encoder, self._dtype)
        return Importer(writer, self._name, self._rows, record)

    def _add(self, request: IndexRequest) -> AddReport:
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

    def _answer(self, wanted: SearchRequest) -> Ranking:
        return self._finding.run(wanted)


def _has_changed(report: AddReport) -> bool:
    """Whether an ingest wrote anything but problems."""
    return any(
        (report.added, report.updated, report.moved, report.removed, report.filled, report.captions)
    )
