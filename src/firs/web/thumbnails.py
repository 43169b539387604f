"""Thumbnails: small WebP images, upright, created once and cached by their content."""

import io
import threading
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from firs.encoders._onnx import usable_cores
from firs.errors import ImageError
from firs.pictures import read
from firs.web.once import SingleFlight
from firs.web.originals import Original
from firs.web.problems import NotFound
from firs.web.thumbnail_file import ThumbnailFile

MEDIA_TYPE = "image/webp"
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "The picture, small."},
    304: {"description": "The client has it."},
}
VERSION = 1
"""Raised whenever the same picture would give other bytes."""

_QUALITY, _METHOD = 80, 2  # method 4 takes three times as long and saves 4 % of the bytes
_at_work = threading.BoundedSemaphore(usable_cores())


class Size(IntEnum):
    """Pixels of the longer side; smaller pictures are not enlarged."""

    small = 256
    medium = 512
    large = 1024


class Thumbnails:
    """The thumbnails of one collection; ``places`` are files to keep them in."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._kept = ThumbnailFile(places)
        self._once: SingleFlight[bytes] = SingleFlight()

    def get(self, original: Original, size: Size) -> bytes:
        """Return the thumbnail of an open image.

        Raises:
            NotFound: the image cannot be read.
        """
        key = _key(original.key)

        def make() -> bytes:
            data = self._kept.get(key, size)
            if data is None:
                data = thumbnail(original.file, size)
                self._kept.put(key, size, data)
            return data

        return self._once.get((key, size), make)

    def find(self, content: str, size: Size) -> bytes | None:
        """Return the cached thumbnail of an image with this content hash, or None."""
        return self._kept.get(_key(content), size)

    def close(self) -> None:
        """Close the file that keeps them."""
        self._kept.close()


def tag(content: str, size: Size) -> str:
    """Return the ETag of the thumbnail of an image with this content hash."""
    return f'"{content}-{size}-{VERSION}"'


def _key(content: str) -> str:
    return f"{VERSION}-{content}"


def thumbnail(file: BinaryIO, size: Size) -> bytes:
    """Make the thumbnail of a picture file.

    Raises:
        NotFound: it cannot be read.
    """
    with _at_work:
        try:
            image = read(file, at_least=size).image
        except ImageError as error:
            raise NotFound(f"This picture can no longer be read: {error}.") from error
        image.thumbnail((size, size), Image.Resampling.LANCZOS)
        written = io.BytesIO()
        image.save(written, "WEBP", quality=_QUALITY, method=_METHOD)
        return written.getvalue()
