"""A collection on a Milvus server, shared by many machines: see ``firs.collection.store``."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from firs.collection.calibrations import CalibrationStore
from firs.collection.examples import DocumentExamples
from firs.collection.querylog import LOG
from firs.collection.searcher import CollectionSearcher
from firs.collection.sessions import SESSION
from firs.collection.store import MARK, MIGRATION, CaptionOf, require_known, unfinished_migration
from firs.encoders import Encoder
from firs.errors import CollectionNotFound, ServerDown, ServerStalled
from firs.filters import Filter
from firs.indexing.indexer import Indexer, IndexRequest
from firs.indexing.ingest_session import Begin
from firs.indexing.vectors import Vector, refuse_other_weights, unit_vectors
from firs.milvus.address import Address
from firs.milvus.ann_index import ServerIndexing
from firs.milvus.documents import IMAGES, SESSIONS, STORED, MilvusDocuments, having, notes_of
from firs.milvus.encoder_registry import (
    EncoderRegistry,
    IndexConfigStore,
    bits_of,
    register_encoder,
)
from firs.milvus.expansions import ServerExpansions
from firs.milvus.images import Listing, captioned_images
from firs.milvus.ingest_session import MilvusIngestSession, import_embeddings
from firs.milvus.queries import Consistency
from firs.milvus.queries import quote as quote_literal
from firs.milvus.retry import limit_wait
from firs.milvus.rows import TAG, Rows
from firs.milvus.schema import (
    STORED_PATHS,
    check_images,
    encoders,
    make_images,
    parse_description,
    vectors_of,
)
from firs.milvus.searcher import MilvusSnapshots
from firs.milvus.server import Server
from firs.storage.database import now
from firs.storage.documents import Problems
from firs.storage.encoders import (
    AskedEncoders,
    EncoderInUse,
    EncodersInUse,
    check_not_empty,
    encoder_by_name,
)
from firs.storage.records import AddReport, EncoderRecord, ImageRecord, Info, Problem
from firs.storage.rows import Ids, StoredVectors
from firs.user_dirs import cache_folder

_log = logging.getLogger(__name__)


class MilvusStore:
    """Images, captions and embeddings on a server; see ``Store`` and ``docs/distributed.md``.

    Raises:
        ServerError: the server is down, stalls or rejects a request; by every method.
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
        notes = MilvusDocuments(self.server, self._name)
        if create:
            self._create(notes)
        else:
            check_images(self.server, self._name)
        migration = notes.get(MIGRATION, [MARK]).get(MARK, {})
        if migration.get("source") is not None:
            raise unfinished_migration(migration["source"], self.location)
        self._open_stores(notes, MilvusDocuments(self.server.writer(), self._name))
        self._encoders = EncodersInUse(encoder, self._registry.records(), self.location)
        self._indexer = Indexer(self._encoders, self._writing)
        self._open_searching(notes)
        self._stored = StoredCounts(notes)
        if warning := self._stored.warning():
            _log.warning("%s", warning)

    def _create(self, notes: MilvusDocuments) -> None:
        """Create what is missing, in parallel, because loading takes seconds."""
        steps: list[Callable[[], None]] = [partial(make_images, self.server, self._name)]
        if not self.server.has(self._name):
            steps.append(notes.make)
        with ThreadPoolExecutor(len(steps)) as pool:
            list(pool.map(lambda step: step(), steps))

    def _open_stores(self, notes: MilvusDocuments, fresh: MilvusDocuments) -> None:
        """Open the stores of everything except embeddings.

        What writes uses ``fresh``, which sees the writes of all processes, and waits through a
        restart of the server.
        """
        self.documents = notes
        self.examples = DocumentExamples(notes)
        self.expansions = ServerExpansions(notes)
        self._configs = IndexConfigStore(notes)
        self._rows = Rows(
            fresh,
            [partial(fresh.forget_of, LOG), ServerExpansions(fresh).forget_images],
            IndexConfigStore(fresh).bits,
        )
        self._listing = Listing(self.server, self._name)
        self._registry = EncoderRegistry(notes)
        self._problems = Problems(notes, STORED_PATHS)
        self._found_problems = Problems(fresh, STORED_PATHS)

    def _open_searching(self, notes: MilvusDocuments) -> None:
        self._snapshots = MilvusSnapshots(
            notes, self._registry, self._configs, CalibrationStore(notes), self.expansions
        )
        self.searcher = CollectionSearcher(self._snapshots.open, self._encoders, self.location)
        self.index = ServerIndexing(
            notes, self._registry, self._encoders, self._configs, self._snapshots.searcher
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
        description = parse_description(self.server.describe(self._name))
        return Info(
            path=self.location,
            images=self._listing.count(),
            captions=self._listing.captions(),
            problems=self._problems.count(),
            encoders=tuple(self._registry.infos()),
            bytes=None,
            schema=description["firs"],
            created_at=datetime.fromisoformat(description["made"]),
        )

    def vectors(self, encoder: str | None) -> tuple[Ids, StoredVectors]:
        return self._registry.vectors(self._encoder_record(encoder))

    def add(self, request: IndexRequest) -> AddReport:
        try:
            return self._add_and_settle(request)
        except (ServerDown, ServerStalled) as error:
            raise type(error)(
                f"{error} Finished batches are kept: run the same again to go on from there."
            ) from error

    def _add_and_settle(self, request: IndexRequest) -> AddReport:
        try:
            report = self._indexer.run(request)
        finally:
            self._registry.invalidate()
        if _has_changed(report):
            self._stored.save()
        if report.added or report.filled or report.removed:
            self.index.settle(self._encoders.one().name)
        return report

    def remove(self, ids: Sequence[int]) -> None:
        require_known(ids, self._rows.get(ids), self.location)
        self._rows.remove(ids)
        self._registry.invalidate()

    def import_vectors(
        self, encoder: Encoder, parts: Iterable[Mapping[Path, Vector]], *, add_missing: bool
    ) -> int:
        self._registry.invalidate()  # others may have added embeddings of other weights just now
        refuse_other_weights(self._registry.records(), encoder)
        writer, count = self.server.writer(), 0
        listing = Listing(writer, self._name)
        try:
            for vectors in (unit_vectors(part, encoder) for part in parts):
                record = register_encoder(writer, self._name, encoder, self._dtype)
                count += import_embeddings(
                    self._rows, listing, record, vectors, add_missing=add_missing
                )
        finally:
            self._registry.invalidate()
        if count:
            self._stored.save()
            self.index.settle(encoder.name)
        return count

    def forget_vectors(self, encoder: str) -> int:
        writer = self.server.writer()
        name = self._encoder_record(encoder).name
        count = writer.count(vectors_of(self._name, name))
        with self.documents.removing(IMAGES):
            writer.drop(vectors_of(self._name, name))
        CalibrationStore(self.documents).forget(name)
        self.expansions.forget_encoder(name)
        self._configs.forget(name)
        self._registry.invalidate()
        return count

    def sample_captions(self, images: int) -> list[CaptionOf]:
        sample = captioned_images(self.server, self._name, images)
        return [(image, each["text"]) for image, captions in sample for each in captions]

    def add_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        return self._rows.change_tags(ids, lambda old: sorted({*old, *tags}), new=tags)

    def remove_tags(self, ids: Sequence[int], tags: Sequence[str]) -> int:
        return self._rows.change_tags(ids, lambda old: [tag for tag in old if tag not in tags])

    def tags(self) -> dict[str, int]:
        counts = {
            tag: self.server.count(self._name, f"array_contains(tags, {quote_literal(tag)})")
            for tag in self.documents.keys(TAG)
        }
        return {tag: count for tag, count in counts.items() if count}

    def filter_ids(self, where: Filter) -> Ids:
        return self._snapshots.filter_ids(where)

    def require_vectors(self, encoder: str) -> None:
        self._encoder_record(encoder)

    def _encoder_record(self, name: str | None) -> EncoderRecord:
        """Return the encoder of this name, by default the one in use, if it has embeddings."""
        stored = check_not_empty(self._registry.records(), self.location)
        return (
            self._encoders.one().matching_record(stored)
            if name is None
            else encoder_by_name(stored, name)
        )

    @contextmanager
    def _writing(self) -> Iterator[Begin]:
        writer = self.server.writer()

        def begin(encoder: EncoderInUse, folders: Sequence[str]) -> MilvusIngestSession:
            if encoder.is_built_in and encoder.supersedes(self._registry.records()):
                self.forget_vectors(encoder.name)
            return MilvusIngestSession(
                writer, self._name, self._rows, self._found_problems, encoder, self._dtype, folders
            )

        yield begin


def _has_changed(report: AddReport) -> bool:
    """Return whether an ingest wrote anything but problems."""
    return any(
        (report.added, report.updated, report.moved, report.removed, report.filled, report.captions)
    )


class StoredCounts:
    """The numbers of rows that a server has stored durably, to recognise a loss later.

    Milvus acknowledges rows as soon as they are in its message queue, and moves them to its storage
    later. A flush makes it do so at once, and takes seconds, so it comes at the end of an ingest
    and not with each write. What is then stored is counted, and the numbers are compared when the
    collection is opened again: more rows are fine, fewer are a loss, unless rows were removed,
    before and after which the numbers are forgotten.

    Args:
        notes: documents of the collection.
    """

    def __init__(self, notes: MilvusDocuments) -> None:
        self._server = notes.server
        self._name = notes.name
        self._notes = notes
        self._home = notes_of(notes.name)

    def save(self) -> None:
        """Store everything written so far durably, and record the numbers of rows.

        They are counted again afterwards, since another process may have removed some before it
        could see the record.
        """
        parts, old = self._parts(), dict[str, int]()
        with ThreadPoolExecutor(len(parts)) as pool:
            list(pool.map(self._server.writer().flush, parts))
            while old != (new := dict(zip(parts, pool.map(self._count, parts), strict=True))):
                self._record(new)
                old = new

    def warning(self) -> str:
        """Return one line about lost rows and the remedy; empty if nothing was lost."""
        if not (lost := self._losses()):
            return ""
        cures = ", ".join(dict.fromkeys(map(self._cure, lost)))
        return (
            f"{self._server.address} has lost rows that it had stored: {'; '.join(lost.values())}. "
            f"To mend it: {cures}."
        )

    def _losses(self) -> dict[str, str]:
        """Return for each part with fewer rows than stored a description of the loss."""
        recorded = self._notes.get(STORED, [IMAGES, SESSIONS]).values()
        if not recorded:
            return self._losses_without_counts()
        expected = {part: rows for each in recorded for part, rows in each["parts"].items()}
        found = {part: self._at_least(part, rows) for part, rows in expected.items()}
        return {
            part: f"{part} has {rows:,} of {expected[part]:,}"
            for part, rows in found.items()
            if rows < expected[part]
        }

    def _losses_without_counts(self) -> dict[str, str]:
        """Return the loss of all documents, some of which are written along with any images."""
        if not self._count_all(self._name) or self._count_all(self._home):
            return {}
        return {self._home: f"{self._home} has none"}

    def _cure(self, part: str) -> str:
        if part == self._home:
            return "restore sessions and tags from a backup"
        if part.startswith(f"{self._name}_b_"):
            return "build the index again (firs index --index KIND)"
        return "add the photos again (firs index DIR)"

    def _record(self, counts: Mapping[str, int]) -> None:
        images = {part: rows for part, rows in counts.items() if part != self._home}
        sessions = {part: rows for part, rows in counts.items() if part == self._home}
        parts = {IMAGES: images, SESSIONS: sessions}
        self._notes.put(STORED, {key: {"parts": each, "at": now()} for key, each in parts.items()})

    def _parts(self) -> list[str]:
        """Return the Milvus collections with counted rows."""
        parts = [self._name, self._home]
        for each in encoders(self._server, self._name):
            parts += [vectors_of(self._name, each.name), bits_of(self._name, each.name)]
        existing = set(self._server.names())
        return [part for part in parts if part in existing]

    def _at_least(self, part: str, expected: int) -> int:
        """Count the rows of a part, without waiting if there are as many as expected."""
        try:
            quick = self._count(part, is_exact=False)
            return quick if quick >= expected else self._count(part)
        except CollectionNotFound:
            return 0

    def _count(self, part: str, *, is_exact: bool = True) -> int:
        where = having(SESSION) if part == self._home else ""
        level: Consistency = "Strong" if is_exact else "Bounded"
        return self._server.count(part, where, consistency=level)

    def _count_all(self, part: str) -> int:
        return self._server.count(part) if self._server.has(part) else 0
