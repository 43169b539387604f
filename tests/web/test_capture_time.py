import io
from datetime import datetime

from firs.web.image_files import capture_time
from tests.imaging.making import encoded, plain


def photo(body: str) -> io.BytesIO:
    exif = plain().getexif()
    exif.get_ifd(0x8769)[0x9003] = body
    return io.BytesIO(encoded(plain(), "JPEG", exif=exif))


def test_the_cameras_clock() -> None:
    assert capture_time(photo("2024:07:01 18:30:05"), "JPEG") == datetime(2024, 7, 1, 18, 30, 5)


def test_unset_camera_clock_gives_no_time() -> None:
    assert capture_time(photo("0000:00:00 00:00:00"), "JPEG") is None


def test_missing_or_damaged_exif_gives_no_time() -> None:
    assert capture_time(io.BytesIO(encoded(plain(), "PNG")), "PNG") is None
    assert capture_time(io.BytesIO(b"\xff\xd8\xff broken"), "JPEG") is None
