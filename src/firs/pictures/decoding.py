"""Any picture file → an upright RGB picture, or one plain reason why not. Safe in many threads."""

import io
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageFile

from firs.errors import ImageError
from firs.pictures.colour import orientation, to_rgb
from firs.pictures.formats import HEAD, reader, recognise
from firs.pictures.quiet import quiet_decoders
from firs.sources.names import in_shard, is_url

PIXEL_LIMIT = 2**28
"""Larger pictures (16384 by 16384; 1 GiB of memory while one is decoded) are refused."""

_LARGE = 2**24
_large_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture; ``width`` and ``height`` are the file's own, upright, in pixels."""

    image: Image.Image
    width: int
    height: int
    format: str


def decode(source: Path | bytes, *, at_least: int | None = None) -> Image.Image:
    """Decode a picture to RGB, turned upright, alpha on white, first frame of an animation.

    Args:
        source: a file, or what a file holds.
        at_least: the picture may come smaller than its file, but with neither side below this
            many pixels unless the file's own are; large photos are much faster that way.

    Raises:
        ImageError: it cannot be decoded; the message is the reason, such as ``truncated``.
    """
    if isinstance(source, bytes):
        return read(io.BytesIO(source), at_least=at_least).image
    with open_file(source) as file:
        return read(file, at_least=at_least).image


@contextmanager
def open_file(path: Path) -> Iterator[io.BufferedReader | io.BytesIO]:
    """Open a regular file for reading, or what lies in a shard or behind a URL.

    Raises:
        ImageError: there is none, or it may not be read.
    """
    try:
        if (elsewhere := _elsewhere(path)) is not None:
            with elsewhere:
                yield elsewhere
            return
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise ImageError("not a regular file")
        file = path.open("rb")
    except OSError as error:
        raise ImageError(why(error)) from error
    with file:
        yield file


def _elsewhere(path: Path) -> io.BytesIO | None:
    """What no file of its own holds; see :mod:`firs.sources`."""
    if not is_url(str(path)) and in_shard(str(path)) is None:
        return None
    from firs.sources.opening import open_in_memory  # a plain photo needs nothing of it

    return open_in_memory(str(path))


def read(file: BinaryIO, *, at_least: int | None = None) -> Picture:
    """Decode the picture in an open, seekable file; see :func:`decode`.

    Raises:
        ImageError: it cannot be decoded; the message is the reason.
    """
    try:
        with quiet_decoders():
            return _picture(file, at_least)
    except Exception as error:  # decoders meet hostile bytes with nearly any exception
        raise ImageError(why(error)) from error


def why(error: Exception) -> str:
    """Say in a few plain words why a file could not be read."""
    if isinstance(error, ImageError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, PermissionError):
        return "permission denied"
    if isinstance(error, Image.DecompressionBombError):
        return "decompression bomb"
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.errno is not None:
        return (error.strerror or str(error)).lower()
    told = str(error).lower()
    if "truncated" in told or isinstance(error, EOFError):
        return "truncated"
    return f"damaged ({told})" if told else "damaged"


def _picture(file: BinaryIO, at_least: int | None) -> Picture:
    image = _open(file)
    whole = image.size
    drafted = at_least is not None and image.draft(None, (at_least, at_least)) is not None
    with _large_one_at_a_time if _pixels(image) > _LARGE else nullcontext():
        image.load()
        small = _shrunk(to_rgb(image), at_least)
    width, height = whole if drafted else image.size  # a TIFF is turned while it loads
    if orientation(image) > 4:
        width, height = height, width
    return Picture(small, width, height, image.format or "")


def _open(file: BinaryIO) -> ImageFile.ImageFile:
    file.seek(0)
    head = file.read(HEAD)
    name = recognise(head)
    if name is None:
        raise ImageError("not an image" if head else "empty file")
    file.seek(0)
    image = reader(name)(file)
    if _pixels(image) > PIXEL_LIMIT:
        raise ImageError(f"decompression bomb: {image.width} by {image.height} pixels")
    return image


def _pixels(image: Image.Image) -> int:
    return image.width * image.height


def _shrunk(image: Image.Image, at_least: int | None) -> Image.Image:
    """Halve, third, … a large picture, so that many of them fit into memory."""
    factor = min(image.size) // at_least if at_least else 1
    return image.reduce(factor) if factor > 1 else image
