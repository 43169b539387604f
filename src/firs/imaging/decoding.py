"""Any picture file → an upright RGB picture, or one plain reason why not. Safe in many threads."""

import io
import re
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from firs.errors import ImageError
from firs.imaging.formats import HEAD, reader, recognise
from firs.sources.paths import in_shard, is_url

_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (Exif 2.32, 4.6.4, tag 274) → the turn that sets the picture upright."""


def to_rgb(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, upright by its EXIF, alpha laid on white, 8 bits a channel.

    16-bit grey keeps its high byte; grey in wider or real numbers is stretched between its
    darkest and brightest pixel, having no white of its own. Colour profiles are not applied.
    What comes back says nothing more about orientation, so a second call changes nothing. The
    picture given stays as it is.
    """
    turn = _TURNS.get(orientation(image))
    rgb = _flat(image)
    if turn is not None:
        rgb = rgb.transpose(turn)
    if rgb is image and not (image.info or isinstance(image, ImageFile.ImageFile)):
        return image
    plain = rgb.copy() if rgb is image else rgb
    plain.info = {}
    return plain


def orientation(image: Image.Image) -> int:
    """The EXIF orientation: 1 (upright) to 8, from 5 on with width and height exchanged.

    Damaged EXIF counts as upright: that is no reason to lose a picture.
    """
    image.load()  # a TIFF is turned while it loads
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a parser on hostile bytes
        return 1


def _flat(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _from_deep_grey(image).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        return _on_white(image.convert("RGBA"))
    return image if image.mode == "RGB" else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _from_deep_grey(image: Image.Image) -> Image.Image:
    values = np.asarray(image, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0)
    return Image.fromarray(_to_8_bit(values, image.mode).astype(np.uint8))


def _to_8_bit(values: NDArray[np.float64], mode: str) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if mode.startswith("I;"):
        return values / 256
    if low >= 0 and 1 < high < 256:
        return values
    if mode == "I" and low >= 0 and 1 < high < 2**16:
        return values / 256
    return (values - low) * (255 / ((high - low) or 1))


_FILTER = ("ignore", None, Warning, re.compile(r"(PIL|pillow_heif)\b"), 0)
_lock = threading.Lock()
_inside = 0


@contextmanager
def quiet_decoders() -> Iterator[None]:
    """Ignore warnings that Pillow's modules give, in all threads, until the last one leaves."""
    _enter()
    try:
        yield
    finally:
        _leave()


def _enter() -> None:
    global _inside
    with _lock:
        _inside += 1
        if _FILTER not in warnings.filters:  # also when another's catch_warnings swept it away
            _filters().insert(0, _FILTER)


def _leave() -> None:
    global _inside
    with _lock:
        _inside -= 1
        while not _inside and _FILTER in warnings.filters:
            _filters().remove(_FILTER)


def _filters() -> list[Any]:
    return cast("list[Any]", warnings.filters)


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
        source: a file, or the content of a file.
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
    """Open a regular file for reading, or a member of a shard, or an object behind a URL.

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
    """Open a picture that is not a file; see :mod:`firs.sources`."""
    if not is_url(str(path)) and in_shard(str(path)) is None:
        return None
    from firs.sources.shards import open_in_memory

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
    """Return in a few plain words why a file could not be read."""
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
