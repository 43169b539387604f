"""Any picture file → an upright RGB picture, or one plain reason why not. Safe in many threads.

The format of a file is recognised by its first bytes, whatever its name, and only the decoders in
``_READERS`` are used: an untrusted file cannot reach the rarer decoders that Pillow also has.
"""

import io
import re
import stat
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from firs.errors import ImageError, MissingExtra
from firs.registry import Registry
from firs.sources.paths import in_shard, is_url

HEAD = 64
"""Bytes of a file that :func:`recognise` needs."""

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".heic", ".heif", ".hif"}
)
"""Suffixes of picture files, in lower case."""

Reader = Callable[[BinaryIO], ImageFile.ImageFile]

_READERS: Registry[Reader] = Registry(
    "picture format",
    {
        "JPEG": "PIL.JpegImagePlugin:jpeg_factory",
        "PNG": "PIL.PngImagePlugin:PngImageFile",
        "WEBP": "PIL.WebPImagePlugin:WebPImageFile",
        "GIF": "PIL.GifImagePlugin:GifImageFile",
        "BMP": "PIL.BmpImagePlugin:BmpImageFile",
        "TIFF": "PIL.TiffImagePlugin:TiffImageFile",
        "AVIF": "PIL.AvifImagePlugin:AvifImageFile",
        "HEIF": "pillow_heif:HeifImageFile",
    },
)

_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
    b"II+\x00": "TIFF",
    b"MM\x00+": "TIFF",
}
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
)


def recognise(head: bytes) -> str | None:
    """Return the format of a file that begins with ``head``, or None if it is no picture."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def _by_brand(head: bytes) -> str | None:
    """Distinguish AVIF and HEIF by the brands in the ``ftyp`` box (ISO/IEC 14496-12)."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def reader(name: str) -> Reader:
    """Return the decoder of a format that :func:`recognise` returned.

    Raises:
        ImageError: it needs an optional dependency that is not installed.
    """
    try:
        return _READERS.load(name)
    except ModuleNotFoundError as missing:
        raise ImageError(str(MissingExtra("HEIC pictures", "heif"))) from missing


_ORIENTATION = 0x0112
_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF orientation (Exif 2.32, 4.6.4, tag 274) → the operation that makes a picture upright."""


def to_rgb(image: Image.Image) -> Image.Image:
    """Convert a picture to RGB, upright by its EXIF, on white, with 8 bits per channel.

    16-bit grey keeps its high byte; grey in wider or real numbers, which has no defined white, is
    stretched between its darkest and brightest pixel. Colour profiles are not applied. The result
    has no orientation, so a second call changes nothing. The argument is not changed.
    """
    transpose = _TRANSPOSES.get(orientation(image))
    rgb = _flatten(image)
    if transpose is not None:
        rgb = rgb.transpose(transpose)
    if rgb is image and not (image.info or isinstance(image, ImageFile.ImageFile)):
        return image
    plain = rgb.copy() if rgb is image else rgb
    plain.info = {}
    return plain


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation: 1 (upright) to 8, from 5 on with width and height exchanged.

    Damaged EXIF counts as upright, so that the picture can be used.
    """
    image.load()  # Pillow rotates a TIFF while it loads
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # a parser on hostile bytes
        return 1


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values = np.nan_to_num(np.asarray(image, dtype=np.float64), posinf=0, neginf=0)
        return Image.fromarray(_to_8_bit(values, image.mode).astype(np.uint8)).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba.getchannel("A"))
        return white
    return image if image.mode == "RGB" else image.convert("RGB")


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
    """Ignore warnings of Pillow's modules, in all threads, until the last one leaves."""
    global _inside
    with _lock:
        _inside += 1
        if _FILTER not in warnings.filters:  # also if another thread's catch_warnings removed it
            _filters().insert(0, _FILTER)
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            while not _inside and _FILTER in warnings.filters:
                _filters().remove(_FILTER)


def _filters() -> list[Any]:
    return cast("list[Any]", warnings.filters)


PIXEL_LIMIT = 2**28
"""Larger pictures (16384 by 16384; 1 GiB of memory while one is decoded) are rejected."""

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
    """Decode a picture to RGB: upright, on white, the first frame of an animation.

    Args:
        source: a file, or the content of a file.
        at_least: allows to reduce the picture, which is much faster for large photos; each side
            keeps at least so many pixels, or its original size if that is smaller.

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
        ImageError: it does not exist, or cannot be read.
    """
    try:
        file = _open_path(path)
    except OSError as error:
        raise ImageError(why(error)) from error
    with file:
        yield file


def _open_path(path: Path) -> io.BufferedReader | io.BytesIO:
    if is_url(str(path)) or in_shard(str(path)):
        from firs.sources.shards import open_in_memory

        if (loaded := open_in_memory(str(path))) is not None:
            return loaded
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait forever
        raise ImageError("not a regular file")
    return path.open("rb")


def read(file: BinaryIO, *, at_least: int | None = None) -> Picture:
    """Decode the picture in an open, seekable file; see :func:`decode`.

    Raises:
        ImageError: it cannot be decoded; the message is the reason.
    """
    try:
        with quiet_decoders():
            return _decode(file, at_least)
    except Exception as error:  # decoders raise nearly any exception on hostile bytes
        raise ImageError(why(error)) from error


def why(error: Exception) -> str:
    """Return the reason why a file could not be read, in a few words."""
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
    message = str(error).lower()
    if "truncated" in message or isinstance(error, EOFError):
        return "truncated"
    return f"damaged ({message})" if message else "damaged"


def _decode(file: BinaryIO, at_least: int | None) -> Picture:
    image = _open_image(file)
    whole = image.size
    is_drafted = at_least is not None and image.draft(None, (at_least, at_least)) is not None
    with _large_one_at_a_time if _count_pixels(image) > _LARGE else nullcontext():
        image.load()
        rgb = to_rgb(image)
        factor = min(rgb.size) // at_least if at_least else 1
        reduced = rgb.reduce(factor) if factor > 1 else rgb
    width, height = whole if is_drafted else image.size  # Pillow rotates a TIFF while it loads
    if orientation(image) > 4:
        width, height = height, width
    return Picture(reduced, width, height, image.format or "")


def _open_image(file: BinaryIO) -> ImageFile.ImageFile:
    file.seek(0)
    head = file.read(HEAD)
    name = recognise(head)
    if name is None:
        raise ImageError("not an image" if head else "empty file")
    file.seek(0)
    image = reader(name)(file)
    if _count_pixels(image) > PIXEL_LIMIT:
        raise ImageError(f"decompression bomb: {image.width} by {image.height} pixels")
    return image


def _count_pixels(image: Image.Image) -> int:
    return image.width * image.height
