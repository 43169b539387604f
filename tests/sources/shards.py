"""Shards to read, written as other programs write them."""

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from tests.imaging.making import plain


def png(colour: str) -> bytes:
    """A small picture of one colour."""
    written = io.BytesIO()
    plain(colour).save(written, "PNG")
    return written.getvalue()


def write_tar(path: Path, members: Mapping[str, bytes]) -> Path:
    """A tar with these members, in their order."""
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def colour(image: Image.Image) -> tuple[int, ...]:
    """The colour in the middle."""
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(round(part) for part in pixel)
