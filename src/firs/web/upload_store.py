"""Example pictures that were handed to the server, for a while: in a temporary folder.

Those of sessions are among them, so that a query that is opened again can be changed and asked.
"""

import io
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from firs.errors import ImageError, InputError
from firs.pictures import read
from firs.query import Example, ImageTerm
from firs.web.problems import NotFound
from firs.web.settings import Limits

_AT_LEAST = 16
"""Pixels; a picture is decoded as a whole all the same, where it is not JPEG."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One picture; ``width`` and ``height`` are its own, upright, in pixels; 0 where not known.

    ``shown`` is what a query takes: a file, or bytes with the vector that is known of them.
    """

    id: str
    name: str
    shown: ImageTerm
    width: int
    height: int
    bytes: int
    at: float

    def open(self) -> BinaryIO:
        """Open it, to be read."""
        example = self.shown.example
        return example.open("rb") if isinstance(example, Path) else io.BytesIO(_bytes_of(example))

    def forget(self) -> None:
        """Remove its file, if it has one."""
        if isinstance(self.shown.example, Path):
            self.shown.example.unlink(missing_ok=True)


class UploadStore:
    """Keeps pictures until they are too old, or too many; the oldest go first.

    Args:
        limits: how many, how much, how long.
        clock: seconds.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="firs-uploads-")

    def add(self, file: BinaryIO, name: str) -> Upload:
        """Keep a picture.

        Raises:
            InputError: it is too large, or no picture that can be read.
        """
        id_ = secrets.token_urlsafe(12)
        path = Path(self._folder.name) / id_
        try:
            upload = self._store(file, path, id_, name)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self._put(upload)

    def keep(self, id_: str, shown: ImageTerm) -> Upload:
        """Keep a picture that a session has, under an id of its own; again changes nothing."""
        with self._lock:
            known = self._uploads.get(id_)
        if known is not None:
            return known
        data = _bytes_of(shown.example)
        kept = replace(shown, example=data)
        return self._put(Upload(id_, shown.name, kept, 0, 0, len(data), self._clock()))

    def get(self, id_: str) -> Upload:
        """Return one.

        Raises:
            Missing: there is none with this id, or no longer.
        """
        with self._lock:
            self._forget_some()
            upload = self._uploads.get(id_)
        if upload is None:
            raise NotFound("This example picture is no longer kept; show it again.")
        return upload

    def close(self) -> None:
        """Forget all."""
        with self._lock:
            self._uploads.clear()
            self._folder.cleanup()

    def _store(self, file: BinaryIO, path: Path, id_: str, name: str) -> Upload:
        with path.open("x+b") as kept:
            shutil.copyfileobj(file, kept)
            size = kept.tell()
            if size > self._limits.upload_bytes:
                raise InputError(
                    f"The picture is larger than {self._limits.upload_bytes // 2**20} MiB; "
                    "make it smaller."
                )
            try:
                picture = read(kept, at_least=_AT_LEAST)
            except ImageError as error:
                raise InputError(f"{name} is no picture that can be read: {error}.") from error
        shown = ImageTerm(path, name)
        return Upload(id_, name, shown, picture.width, picture.height, size, self._clock())

    def _put(self, upload: Upload) -> Upload:
        with self._lock:
            self._uploads[upload.id] = upload
            self._forget_some()
        return upload

    def _forget_some(self) -> None:
        """Drop those that are too old, then the oldest until the rest is within its limits."""
        too_old = self._clock() - self._limits.upload_seconds
        for upload in list(self._uploads.values()):
            total = sum(each.bytes for each in self._uploads.values())
            too_much = (
                len(self._uploads) > self._limits.uploads or total > self._limits.uploads_bytes
            )
            if upload.at < too_old or too_much:
                del self._uploads[upload.id]
                upload.forget()


def _bytes_of(example: Example) -> bytes:
    """A picture's bytes, which every example has but an image of the collection."""
    if isinstance(example, bytes):
        return example
    if isinstance(example, Path):
        return example.read_bytes()
    raise InputError("An image of the collection is shown by its id.")
