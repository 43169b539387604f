"""Which picture format a file has, by its first bytes, and what reads that format.

Only these readers are ever reached, whatever a file calls itself: a picture folder from the
internet cannot wake the rarer decoders that Pillow also carries.
"""

from collections.abc import Callable
from typing import BinaryIO

from PIL import ImageFile

from firs.errors import ImageError, MissingExtra
from firs.registry import Registry

HEAD = 64
"""Bytes of a file that :func:`recognise` wants to see."""

SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"}
    | {".tif", ".tiff", ".avif", ".heic", ".heif", ".hif"}
)
"""Endings, in lower case, of the files that are taken for pictures."""

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
    """Name the format of a file that begins with ``head``, or None for anything else."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def _by_brand(head: bytes) -> str | None:
    """AVIF and HEIF share a container (ISO/IEC 14496-12); its ``ftyp`` box lists the brands."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return "AVIF"
    return "HEIF" if brands & _HEIF_BRANDS else None


def reader(name: str) -> Reader:
    """Return what opens a file of the format ``name`` (one that :func:`recognise` gave).

    Raises:
        ImageError: it is an optional dependency that is not installed.
    """
    try:
        return _READERS.load(name)
    except ModuleNotFoundError as missing:
        raise ImageError(str(MissingExtra("HEIC pictures", "heif"))) from missing
