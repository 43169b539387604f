"""``Collection.add``: find, read, embed, caption, report."""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from firs.encoders import Encoder
from firs.errors import InputError
from firs.indexing.captions import read_captions
from firs.indexing.ingest import Captioner, CaptionSet, Ingest, Tally
from firs.indexing.ingest_session import Begin, IngestSession, Source
from firs.indexing.reading import (
    IngestOptions,
    Progress,
    Reader,
    ReadResult,
    knows_nothing,
    threads,
)
from firs.indexing.walk import Found, walk
from firs.sources.paths import real
from firs.sources.shards import captions
from firs.storage.encoders import EncodersInUse
from firs.storage.records import AddReport, Problem


class EmbeddingBackfill:
    """Backfill of the embeddings of one encoder for images that have none.

    ``lacking`` are the images without an embedding: content's hash → ids and paths.
    """

    def __init__(self, intake: IngestSession) -> None:
        self._intake = intake
        self.lacking = intake.missing_embeddings()

    def run(self, present: Collection[str], reader: Reader, progress: Progress) -> int:
        """Encode the missing images that have a file; each batch is committed.

        A file that cannot be read, or has changed, is left to a later indexing run.

        Returns:
            The number of images that received an embedding.

        Raises:
            EncoderError: the encoder is broken.
        """
        paths = list(_one_path_each(self.lacking.values(), present))
        filled = done = 0
        for batch in reader.embed_files(paths, knows_nothing):
            filled += self._fill(batch)
            done += len(batch)
            progress(done, len(paths))
        return filled

    def _fill(self, batch: Sequence[ReadResult]) -> int:
        contents = {each.hash: each.content for each in batch if each.content is not None}
        vectors = {
            id_: content.vector
            for hash_, content in contents.items()
            for id_, _ in self.lacking.pop(hash_, ())
        }
        with self._intake.transaction():
            self._intake.writer.fill(vectors)
        return len(vectors)


def _one_path_each(
    lacking: Iterable[Sequence[tuple[int, str]]], present: Collection[str]
) -> Iterator[str]:
    """Yield one present path for each missing content."""
    for images in lacking:
        found = [path for _, path in images if path in present]
        yield from found[:1]


def reader(encoder: Encoder, dtype: str, pace: IngestOptions) -> AbstractContextManager[Reader]:
    """Open the reader for these ingest options; ``dtype`` is the storage dtype of embeddings.

    Raises:
        MissingExtra: it needs an extra that is not installed.
        InputError: there is no such cluster, or the encoder cannot be loaded there.
    """
    if pace.on is None:
        return threads(encoder, dtype, pace)
    from firs.cluster import on_ray

    return on_ray(encoder, dtype, pace)


GivenCaptions = Path | str | Mapping[str, Sequence[str]] | None
"""A caption file, or image name → captions."""


@dataclass(frozen=True, slots=True)
class IndexRequest:
    """Request to add files; see ``Collection.add``."""

    paths: Sequence[str | Path]
    prune: bool
    captions: GivenCaptions
    pace: IngestOptions


class Indexer:
    """Indexer for one collection.

    Args:
        encoders: the encoders that the collection was opened with.
        writing: opens an exclusive write session on the collection.
    """

    def __init__(
        self, encoders: EncodersInUse, writing: Callable[[], AbstractContextManager[Begin]]
    ) -> None:
        self._encoders = encoders
        self._writing = writing

    def run(self, request: IndexRequest) -> AddReport:
        """Add the files of the request and return a report."""
        began = time.perf_counter()
        encoder = self._encoders.one()  # before any folder is walked
        with self._writing() as begin:
            found = walk(request.paths)
            caption_sets = _caption_sets(request.captions, found)
            _require_images(found, request.paths)
            intake = begin(encoder, [*found.starts, *_folders(caption_sets)])
            filled, tally = _apply_changes(intake, found, request)
            captioner = Captioner(intake.writer, intake.catalogue)
            for given in chain(_of_shards(found), caption_sets):
                with intake.transaction():
                    captioner.write(given)
        return _report(tally, captioner, filled, time.perf_counter() - began)


def _apply_changes(intake: IngestSession, found: Found, request: IndexRequest) -> tuple[int, Tally]:
    """Bring the collection in step; return how many images were encoded again, and the rest."""
    present = {file.path for file in found.files}
    progress = request.pace.progress
    with reader(intake.encoder, intake.dtype, request.pace) as reading:
        filling = EmbeddingBackfill(intake)
        filled = filling.run(present, reading, progress)
        source = Source(intake.catalogue, intake.writer, filling.lacking)
        tally = Ingest(intake, source, reading, progress).run(found, prune=request.prune)
    return filled, tally


def _folders(sets: Sequence[CaptionSet]) -> list[str]:
    return [folder for each in sets for folder in each.folders]


def _require_images(found: Found, paths: Sequence[str | Path]) -> None:
    if not (found.files or found.problems):
        raise InputError(
            f"There are no pictures in {', '.join(str(path) for path in paths)}, so nothing was "
            "changed. Check the path, and that the disk is mounted. QT-FIRS reads JPEG, PNG, WebP, "
            "GIF, BMP, TIFF, HEIC and AVIF; a shard (.tar, .parquet) must be named itself."
        )


def _caption_sets(given: GivenCaptions, found: Found) -> list[CaptionSet]:
    """Read all captions before any image, so that a mistake is reported at once.

    An explicitly named file must be valid; an error in a discovered file is recorded as a problem.
    """
    sets = []
    for path in found.caption_files:
        try:
            told = read_captions(path)
        except InputError as error:
            found.problems[str(path)] = str(error)
        else:
            sets.append(CaptionSet(path.name, [str(path.parent)], told))
    return [*sets, *_given_caption_sets(given, found)]


def _of_shards(found: Found) -> Iterator[CaptionSet]:
    """Yield the captions of each shard in turn, since all may not fit into memory."""
    for path in found.shards:
        yield CaptionSet(os.path.basename(path), [path], captions(path))  # noqa: PTH119


def _given_caption_sets(given: GivenCaptions, found: Found) -> list[CaptionSet]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        told = {name: list(texts) for name, texts in given.items()}
        return [CaptionSet("given", found.starts, told)]
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
