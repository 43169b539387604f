"""When a photo was taken, by its camera."""

from datetime import datetime
from typing import BinaryIO

from firs.pictures.formats import reader
from firs.pictures.quiet import quiet_decoders

_EXIF, _TAKEN = 0x8769, 0x9003


def capture_time(file: BinaryIO, format_: str) -> datetime | None:
    """Return the camera's local time (Exif 2.32, 4.6.5, tag 36867), if it is recorded.

    Args:
        file: an open image.
        format_: as :func:`firs.pictures.formats.recognise` names it.
    """
    try:
        with quiet_decoders():
            told = reader(format_)(file).getexif().get_ifd(_EXIF).get(_TAKEN)
            return datetime.strptime(str(told), "%Y:%m:%d %H:%M:%S")
    except Exception:  # a parser on hostile bytes
        return None
