"""Example pictures that clients upload: reduced, and stored with the collection for a while.

So every process that serves the collection has them, and a restart loses none. A picture in a
session's query has an id too: that of the session with the number of the term. It is read from the
session.
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
from firs.collection.store import Examples
from firs.errors import ImageError, InputError, SessionNotFound
from firs.imaging import read
from firs.query import ImageTerm
from firs.session.document import query_from_json
from firs.web.problems import NotFound
from firs.web.registries import OpenCollection, OpenSessions
from firs.web.server import MIB, Limits

SIDE = 512
"""Pixels of the shorter side of a stored picture: encoders use no more."""

_LONGEST = 8_192
_QUALITY = 97


class UploadStore:
    """Stores pictures until they are too old, or too many; the oldest go first.

    Those of a collection that cannot be written to are stored in a temporary folder, for this
    process alone.

    Args:
        limits: number, size and lifetime of the pictures.
        sessions: the open sessions, with the pictures of their queries.
        clock: returns the seconds since 1970.
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
        if file.seek(0, os.SEEK_END) > self._limits.upload_bytes:
            raise InputError(
                f"The picture is larger than {self._limits.upload_bytes // MIB} MiB; make it "
                "smaller."
            )
        try:
            picture = read(file, at_least=SIDE)
        except ImageError as error:
            raise InputError(f"{name} is no picture that can be read: {error}.") from error
        data = _reduce(picture.image)
        record = ExampleRecord(
            _content_id(file), name, picture.width, picture.height, len(data), self._clock()
        )
        store = self._store(opened)
        store.add(record, data)
        store.remove(list(self._surplus(store.records())))
        return record

    def get(self, places: Iterable[OpenCollection], id_: str) -> ImageTerm:
        """Return a picture, as bytes, from the first of some collections that has it.

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
        """Delete the pictures that no other process has."""
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


def _content_id(file: BinaryIO) -> str:
    """Return an id of the content of a file: 24 hex digits."""
    file.seek(0)
    return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=12)).hexdigest()  # type: ignore[arg-type]


def _reduce(image: Image.Image) -> bytes:
    """Return a picture as a JPEG, as small as it may be to search by."""
    scale = min(1, SIDE / min(image.size), _LONGEST / max(image.size))
    width, height = (max(1, round(side * scale)) for side in image.size)
    image.thumbnail((width, height), Image.Resampling.LANCZOS)
    data = io.BytesIO()
    image.save(data, "JPEG", quality=_QUALITY, subsampling=0)  # WebP halves the colours
    return data.getvalue()
