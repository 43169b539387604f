"""``Collection.add``: find, read, embed, caption, report."""

import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from firs.collection import rows
from firs.collection.captioning import Captioner, CaptionSet
from firs.collection.captions import read_captions
from firs.collection.catalogue import Catalogue
from firs.collection.contents import Source
from firs.collection.database import Database, transaction
from firs.collection.embedding import enlist
from firs.collection.encoding import EncodersInUse
from firs.collection.filling import Filling
from firs.collection.ingest import Ingest, Tally
from firs.collection.paths import Root, real
from firs.collection.readers import reader
from firs.collection.reading import Pace, Progress, Reader
from firs.collection.records import AddReport, Problem
from firs.collection.walk import Found, walk
from firs.collection.writing import Writer
from firs.encoders import Encoder
from firs.errors import InputError

GivenCaptions = Path | str | Mapping[str, Sequence[str]] | None
"""A caption file, or image name → captions."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be added, and how; see ``Collection.add``."""

    paths: Sequence[str | Path]
    prune: bool
    captions: GivenCaptions
    pace: Pace


class Adding:
    """Adds to one collection."""

    def __init__(self, database: Database, root: Root, encoders: EncodersInUse, dtype: str) -> None:
        self._database = database
        self._root = root
        self._encoders = encoders
        self._dtype = dtype

    def run(self, request: Request) -> AddReport:
        """Add, and tell what was done."""
        began = time.perf_counter()
        self._encoders.one()  # before any folder is walked
        with self._database.writing() as connection:
            found = walk(request.paths)
            caption_sets = _caption_sets(request.captions, found)
            _require_images(found, request.paths)
            work = self._begin(connection)
            present = {file.path for file in found.files}
            progress = request.pace.progress
            with reader(work.encoder, work.dtype, request.pace) as reading:
                filled = work.filling.run(present, reading, progress)
                catalogue, ingest = self._ingest(connection, work, reading, progress)
                tally = ingest.run(found, prune=request.prune)
            captioner = Captioner(connection, catalogue)
            with transaction(connection):
                for given in caption_sets:
                    captioner.write(given)
        return _report(tally, captioner, filled, time.perf_counter() - began)

    def _begin(self, connection: sqlite3.Connection) -> "_Work":
        encoder = self._encoders.one().open(rows.encoders(connection))
        with transaction(connection):
            encoder_id, dtype = enlist(connection, encoder, self._dtype)
        filling = Filling(connection, self._root, encoder_id)
        return _Work(encoder, encoder_id, dtype, filling)

    def _ingest(
        self, connection: sqlite3.Connection, work: "_Work", reading: Reader, progress: Progress
    ) -> tuple[Catalogue, Ingest]:
        catalogue = Catalogue.read(connection, self._root)
        writer = Writer(connection, self._root, work.encoder_id, catalogue)
        source = Source(catalogue, writer, work.filling.lacking())
        return catalogue, Ingest(connection, catalogue, writer, source, reading, progress)


@dataclass(frozen=True, slots=True)
class _Work:
    """The encoder of one run, its row, and what gives known images its vectors."""

    encoder: Encoder
    encoder_id: int
    dtype: str
    filling: Filling


def _require_images(found: Found, paths: Sequence[str | Path]) -> None:
    if not (found.files or found.problems):
        raise InputError(
            f"There are no pictures in {', '.join(str(path) for path in paths)}, so nothing was "
            "changed. Check the path, and that the disk is mounted. QT-FIRS reads JPEG, PNG, WebP, "
            "GIF, BMP, TIFF, HEIC and AVIF."
        )


def _caption_sets(given: GivenCaptions, found: Found) -> list[CaptionSet]:
    """Read all captions before any image, so that a mistake is told at once.

    A file that was asked for must be right; one that was only found becomes a problem.
    """
    sets = []
    for path in found.caption_files:
        try:
            captions = read_captions(path)
        except InputError as error:
            found.problems[str(path)] = str(error)
        else:
            sets.append(CaptionSet(path.name, [str(path.parent)], captions))
    return [*sets, *_given_set(given, found)]


def _given_set(given: GivenCaptions, found: Found) -> list[CaptionSet]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        captions = {name: list(texts) for name, texts in given.items()}
        return [CaptionSet("given", found.starts, captions)]
    path = Path(real(given))
    return [CaptionSet(path.name, [str(path.parent), *found.starts], read_captions(path))]


def _report(tally: Tally, captioner: Captioner, filled: int, seconds: float) -> AddReport:
    return AddReport(
        added=tally.added,
        updated=tally.updated,
        moved=tally.moved,
        unchanged=tally.unchanged,
        duplicates=tally.duplicates,
        missing=tally.missing,
        removed=tally.removed,
        filled=filled,
        captions=captioner.new,
        captions_without_image=captioner.without_image,
        problems=tuple(
            Problem(Path(path), reason) for path, reason in sorted(tally.problems.items())
        ),
        seconds=seconds,
    )
