"""Example pictures that clients upload: stored with the collection, reduced, for a while.

So every process that serves the collection has them, and a restart loses none. A term of a session
that is a picture has an id, too: the session's with the number of the term. What it names is read
from the session.
"""

import hashlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from firs.collection.examples import ExampleFile, ExampleRecord
from firs.collection.stores import Examples
from firs.errors import ImageError, InputError, SessionNotFound
from firs.imaging import Picture, read
from firs.query import ImageTerm
from firs.session.document import query_from_json
from firs.web.collection_registry import OpenCollection
from firs.web.open_sessions import OpenSessions
from firs.web.problems import NotFound
from firs.web.settings import MIB, Limits

SIDE = 512
"""Pixels of the shorter side of what is stored: encoders take no more."""

_LONGEST = 8_192
_QUALITY = 92


class UploadStore:
    """Stores pictures until they are too old, or too many; the oldest go first.

    Of a collection that cannot be written to they are stored in a temporary folder, for this
    process alone.

    Args:
        limits: how many, how much, how long.
        sessions: have the pictures of their terms.
        clock: seconds since 1970.
    """

    def __init__(
        self, limits: Limits, sessions: OpenSessions, clock: Callable[[], float] = time.time
    ) -> None:
        self._limits = limits
        self._sessions = sessions
        self._clock = clock
        self._folder = tempfile.TemporaryDirectory(prefix="firs-uploads-")

    def add(self, opened: OpenCollection, file: BinaryIO, name: str) -> ExampleRecord:
        """Store a picture; the same file has the same id each time.

        Raises:
            InputError: it is too large, or no picture that can be read.
            StorageError: it cannot be stored.
        """
        self._require_size(file)
        picture = _read(file, name)
        data, id_ = _reduce(picture.image), _id_of(file)
        size = picture.width, picture.height
        record = ExampleRecord(id_, name, *size, len(data), self._clock())
        store = self._store(opened)
        store.add(record, data)
        store.remove(list(self._surplus(store.records())))
        return record

    def get(self, places: Iterable[OpenCollection], id_: str) -> ImageTerm:
        """Return a picture, by its bytes, from the first of some collections that has it.

        Raises:
            NotFound: none has one with this id, or no longer.
        """
        session, dash, number = id_.rpartition("-")
        for opened in places:
            found = (
                self._find_term(opened, session, number) if dash else self._find_upload(opened, id_)
            )
            if found is not None:
                return found
        raise NotFound("This example picture is no longer stored; upload it again.")

    def close(self) -> None:
        """Delete what no other process has."""
        self._folder.cleanup()

    def _find_upload(self, opened: OpenCollection, id_: str) -> ImageTerm | None:
        found = self._store(opened).get(id_)
        if found is None or self._is_too_old(found[0]):
            return None
        record, data = found
        return ImageTerm(data, record.name)

    def _find_term(self, opened: OpenCollection, session: str, number: str) -> ImageTerm | None:
        """Return the picture of a term, as every process reads it from the session."""
        try:
            with self._sessions.use(opened, session) as used:
                terms = query_from_json(used.to_json()).terms
        except SessionNotFound:
            return None
        what = next((term.what for at, term in enumerate(terms) if str(at) == number), None)
        return what if isinstance(what, ImageTerm) and isinstance(what.example, bytes) else None

    def _store(self, opened: OpenCollection) -> Examples:
        if opened.collection.is_writable:
            return opened.collection.examples
        return ExampleFile(Path(self._folder.name) / f"{opened.id}.db")

    def _require_size(self, file: BinaryIO) -> None:
        if file.seek(0, os.SEEK_END) > self._limits.upload_bytes:
            raise InputError(
                f"The picture is larger than {self._limits.upload_bytes // MIB} MiB; make it "
                "smaller."
            )

    def _surplus(self, records: Iterable[ExampleRecord]) -> Iterator[str]:
        """Yield the ids of uploads that are too old, or exceed the limits after the newer ones."""
        count = total = 0
        for record in sorted(records, key=lambda each: each.added_at, reverse=True):
            count, total = count + 1, total + record.bytes
            is_too_much = count > self._limits.uploads or total > self._limits.uploads_bytes
            if is_too_much or self._is_too_old(record):
                yield record.id

    def _is_too_old(self, record: ExampleRecord) -> bool:
        return record.added_at < self._clock() - self._limits.upload_seconds


def _read(file: BinaryIO, name: str) -> Picture:
    try:
        return read(file, at_least=SIDE)
    except ImageError as error:
        raise InputError(f"{name} is no picture that can be read: {error}.") from error


def _id_of(file: BinaryIO) -> str:
    """Name the content of a file, in 24 hex digits."""
    file.seek(0)
    return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=12)).hexdigest()  # type: ignore[arg-type]


def _reduce(image: Image.Image) -> bytes:
    """Make a picture as small as it may be to search by, as JPEG."""
    scale = min(1, SIDE / min(image.size), _LONGEST / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    image.thumbnail((width, height), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_QUALITY, subsampling=0)  # WebP halves the colours
    return written.getvalue()
