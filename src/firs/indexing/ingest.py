"""Found files → images in the database: read only new and changed files, in batches.

Each batch is one transaction, so after an interruption the reported work remains and the next run
resumes. The order matters for exchanged names: known paths with changed content wait
until all new paths are read, because the old content may have moved to a new path.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from firs.indexing.captions import Captions
from firs.indexing.ingest_session import Contents, IngestSession, Source, Writer
from firs.indexing.reading import Progress, Reader, ReadResult
from firs.indexing.walk import Found
from firs.storage.catalogue import Catalogue, File, IndexedImage, is_gone, is_same
from firs.storage.writing import Content


class Moves:
    """Finder of images by content that no longer exist at their own path.

    Args:
        catalogue: the known images.
        present: the paths that were found.
        edited: paths with changed content, and the hash of the new content.
    """

    def __init__(
        self, catalogue: Catalogue, present: frozenset[str], edited: Mapping[str, bytes]
    ) -> None:
        self._catalogue = catalogue
        self._present = present
        self._edited = edited

    def to(self, path: str, hash_: bytes) -> IndexedImage | None:
        """Return the image with this content that must have moved to ``path``, if any."""
        candidates = self._catalogue.with_content(hash_)
        return next((image for image in candidates if self._has_left(image, path)), None)

    def among_edited(self) -> dict[str, IndexedImage]:
        """Return images that exchanged names or took a name that became free: new path → image.

        An image moves only to a path that its previous image leaves: otherwise that image has new
        content, as a user expects of an overwritten file.
        """
        moving: dict[str, IndexedImage] = {}
        for path, hash_ in self._edited.items():
            taken = {image.id for image in moving.values()}
            candidates = self._catalogue.with_content(hash_)
            for image in candidates:
                if image.id not in taken and self._has_left(image, path):
                    moving[path] = image
                    break
        return self._to_free_paths(moving)

    def _to_free_paths(self, moving: dict[str, IndexedImage]) -> dict[str, IndexedImage]:
        while True:
            leaving = {image.id for image in moving.values()}
            kept = {
                path: image
                for path, image in moving.items()
                if (here := self._catalogue.at(path)) is None or here.id in leaving
            }
            if len(kept) == len(moving):
                return kept
            moving = kept

    def _has_left(self, image: IndexedImage, path: str) -> bool:
        """Return whether the image, now found at ``path``, no longer exists at its own path."""
        if image.path in self._present:
            return image.path in self._edited
        return is_gone(image.path) or is_same(image.path, path)


@dataclass(slots=True)
class Tally:
    """Running totals of an ingest; see :class:`firs.storage.records.AddReport`."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    unchanged: int = 0
    duplicates: int = 0
    missing: int = 0
    removed: int = 0
    problems: dict[str, str] = field(default_factory=dict)


class Ingest:
    """One ingest run over the found files, inside the writer's lock.

    Args:
        intake: the known images, and the writer.
        source: returns the contents of the files that are read.
        reader: reads and embeds files.
        progress: the progress callback.
    """

    def __init__(
        self,
        intake: IngestSession,
        source: Source,
        reader: Reader,
        progress: Progress,
    ) -> None:
        self._transaction = intake.transaction
        self._catalogue = intake.catalogue
        self._writer = intake.writer
        self._source = source
        self._reader = reader
        self._progress = progress
        self._moves = Moves(intake.catalogue, frozenset(), {})
        self._tally = Tally()
        self._done = self._to_do = 0

    def run(self, found: Found, *, prune: bool) -> Tally:
        """Bring the database in step with what was found."""
        pending = [file for file in found.files if not self._is_settled(file)]
        self._tally.unchanged = len(found.files) - len(pending)
        self._to_do = len(pending)
        self._report(0)
        self._read(pending, frozenset(file.path for file in found.files))
        with self._transaction():
            self._settle_missing(found, prune=prune)
            self._settle_problems(found)
        return self._tally

    def _is_settled(self, file: File) -> bool:
        known = self._catalogue.at(file.path)
        return known is not None and known.looks_like(file)

    def _read(self, pending: Sequence[File], present: frozenset[str]) -> None:
        new = [file.path for file in pending if self._catalogue.at(file.path) is None]
        old = [file.path for file in pending if self._catalogue.at(file.path) is not None]
        edited = self._settle_touched(self._reader.hash_files(old))
        self._catalogue.look_up(reading.hash for reading in edited.values())
        self._moves = Moves(
            self._catalogue, present, {path: reading.hash for path, reading in edited.items()}
        )
        self._take_in(self._reader.embed_files(new, self._source.knows))
        rest = self._settle_swapped(edited)
        self._take_in(self._reader.embed_files(rest, self._source.knows))

    def _settle_touched(self, batches: Iterable[Sequence[ReadResult]]) -> dict[str, ReadResult]:
        """Note new times of known content; return what has other content, by path."""
        edited: dict[str, ReadResult] = {}
        for batch in batches:
            with self._transaction():
                changed = [reading for reading in batch if not self._is_touched(reading)]
            edited |= {reading.file.path: reading for reading in changed}
            self._report(len(batch) - len(changed))
        return edited

    def _is_touched(self, reading: ReadResult) -> bool:
        """Settle a file that cannot be read or has unchanged content; return whether it was one."""
        if reading.problem is not None:
            return self._settle_problem(reading.file.path, reading.problem)
        known = self._catalogue.at(reading.file.path)
        if known is None or known.hash != reading.hash:
            return False
        self._writer.touch(known, reading.file)
        self._tally.unchanged += 1
        return True

    def _settle_swapped(self, edited: dict[str, ReadResult]) -> list[str]:
        """Move images that took each other's names; return the paths that are left to read."""
        moves = self._moves.among_edited()
        with self._transaction():
            self._move(moves, {path: edited[path].file for path in moves})
        self._report(len(moves))
        return [path for path in edited if path not in moves]

    def _take_in(self, batches: Iterable[Sequence[ReadResult]]) -> None:
        for batch in batches:
            contents = self._source.contents(batch)
            with self._transaction():
                for reading in batch:
                    self._settle(reading, contents)
            self._report(len(batch))

    def _settle(self, reading: ReadResult, contents: Contents) -> None:
        path = reading.file.path
        known = self._catalogue.at(path)
        if reading.problem is not None:
            self._settle_problem(path, reading.problem)
        elif known is None and (moved := self._moves.to(path, reading.hash)):
            self._move({path: moved}, {path: reading.file})
        elif reading.hash not in contents.by_hash:
            self._settle_problem(path, "what it is a copy of has just been removed; add it again")
        elif known is not None:
            self._writer.replace(known, reading.file, self._content(reading, contents))
            self._tally.updated += 1
        else:
            self._writer.insert(reading.file, self._content(reading, contents))
            self._tally.added += 1

    def _content(self, reading: ReadResult, contents: Contents) -> Content:
        if reading.hash in contents.fresh:
            contents.fresh.remove(reading.hash)  # the next file with this content is a copy
        else:
            self._tally.duplicates += 1
        return contents.by_hash[reading.hash]

    def _move(self, moves: dict[str, IndexedImage], files: dict[str, File]) -> None:
        self._writer.move(moves, files)
        self._tally.moved += len(moves)

    def _settle_problem(self, path: str, reason: str) -> bool:
        self._writer.note_problem(path, reason)
        self._tally.problems[path] = reason
        return True

    def _settle_missing(self, found: Found, *, prune: bool) -> None:
        present = {file.path for file in found.files}
        missing = [
            image
            for image in self._catalogue
            if image.path not in present and found.covers(image.path) and is_gone(image.path)
        ]
        if prune:
            self._writer.remove(missing)
            self._tally.removed = len(missing)
        else:
            self._tally.missing = len(missing)

    def _settle_problems(self, found: Found) -> None:
        """Store unreadable locations; remove problems that were solved or no longer exist."""
        for path, reason in found.problems.items():
            self._settle_problem(path, reason)
        for path in self._writer.problem_paths():
            if found.covers(path) and path not in self._tally.problems:
                self._writer.forget_problem(path)

    def _report(self, done: int) -> None:
        self._done += done
        self._progress(self._done, self._to_do)


@dataclass(frozen=True, slots=True)
class CaptionSet:
    """Captions from one source; their image names are looked for below ``folders``."""

    source: str
    folders: Sequence[str]
    captions: Captions


class Captioner:
    """Caption writer inside the caller's transaction; counts new and unmatched captions."""

    def __init__(self, writer: Writer, catalogue: Catalogue) -> None:
        self._writer = writer
        self._catalogue = catalogue
        self._by_name: dict[str, list[IndexedImage]] = defaultdict(list)
        for image in catalogue:
            self._by_name[os.path.basename(image.path)].append(image)  # noqa: PTH119
        self.new = 0
        self.without_image = 0

    def write(self, given: CaptionSet) -> None:
        """Make the captions of the named images, as far as they are from this source, the given."""
        texts: dict[int, list[str]] = {}
        for name, told in given.captions.items():
            image = self._image(name, given.folders)
            if image is None:
                self.without_image += 1
            else:
                texts[image.id] = told
        self.new += self._writer.caption(given.source, texts)

    def _image(self, name: str, folders: Sequence[str]) -> IndexedImage | None:
        """Return the image of this name in one of the folders, or the only one so named."""
        for folder in folders:
            at = self._catalogue.at(os.path.normpath(os.path.join(folder, name)))  # noqa: PTH118
            if at is not None:
                return at
        called = [
            image
            for image in self._by_name.get(os.path.basename(name), ())  # noqa: PTH119
            if any(image.path.startswith(os.path.join(folder, "")) for folder in folders)  # noqa: PTH118
        ]
        return called[0] if len(called) == 1 else None
