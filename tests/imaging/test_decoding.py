"""Pictures of every kind come out upright and in RGB; the rest names its reason."""

import io
import os
import random
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from firs.errors import ImageError
from firs.imaging import decode, decoding, read
from tests.imaging.making import corners, encoded, oriented, plain, png_header


def colour(image: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """The pixel at a share of the width and of the height, rounded to 0 or 255 where near."""
    pixel = image.getpixel((int(x * image.width), int(y * image.height)))
    assert isinstance(pixel, tuple)
    return tuple(0 if part < 40 else 255 if part > 215 else int(part) for part in pixel)


def assert_corners(image: Image.Image) -> None:
    assert image.mode == "RGB"
    assert colour(image, 0.2, 0.2) == (255, 0, 0)
    assert colour(image, 0.8, 0.2) == (0, 255, 0)
    assert colour(image, 0.2, 0.8) == (0, 0, 255)
    assert colour(image, 0.8, 0.8) == (255, 255, 255)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"])
def test_reads_the_formats_of_pillow(format_: str) -> None:
    image = decode(encoded(corners(), format_))
    assert image.size == (60, 40)
    assert_corners(image)


def test_reads_heic(tmp_path: Path) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = tmp_path / "phone.heic"
    heif.from_pillow(corners((64, 48))).save(file)
    assert decode(file).size == (64, 48)
    assert_corners(decode(file))
    assert min(decode(file, at_least=16).size) >= 16
    data = file.read_bytes()
    with pytest.raises(ImageError, match=r"damaged|truncated"):
        decode(data[: len(data) - 60])


def test_names_the_install_line_where_heic_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: str) -> None:
        raise ModuleNotFoundError("pillow_heif")

    monkeypatch.setattr(decoding._READERS, "load", absent)
    with pytest.raises(ImageError, match=r"pip install 'qt-firs\[heif\]'"):
        decode(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_turns_a_picture_upright(format_: str, orientation: int) -> None:
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = corners().transpose(turns[orientation]) if orientation > 1 else corners()
    file = encoded(lying, format_, exif=oriented(lying, orientation))
    assert decode(file).size == (60, 40)
    assert_corners(decode(file))


def test_turns_heic_upright_once(tmp_path: Path) -> None:
    """The container holds the turn and EXIF repeats it, as in the files of phones."""
    heif = pytest.importorskip("pillow_heif")
    lying = corners((64, 48)).transpose(Image.Transpose.ROTATE_90)
    exif = oriented(corners(), 6).tobytes()  # not on `lying`: it would be turned while saving
    heif.from_pillow(lying).save(tmp_path / "phone.heic", exif=exif)
    assert_corners(decode(tmp_path / "phone.heic"))


@pytest.mark.parametrize("format_", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("size", [(800, 600), (600, 800), (801, 800), (800, 801), (800, 800)])
def test_returns_the_upright_size_of_the_file(format_: str, size: tuple[int, int]) -> None:
    lying = Image.new("RGB", size, "red")
    for orientation in (3, 6):
        file = encoded(lying, format_, exif=oriented(lying, orientation))
        picture = read(io.BytesIO(file), at_least=64)
        upright = size if orientation == 3 else size[::-1]
        assert (picture.width, picture.height, picture.format) == (*upright, format_)
        assert 64 <= min(picture.image.size) < 128


def test_lays_transparency_on_white() -> None:
    clear = Image.new("RGBA", (20, 20), (0, 0, 0, 0))
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    for file in (
        encoded(clear, "PNG"),
        encoded(clear, "WEBP", lossless=True),
        encoded(clear, "TIFF"),
        encoded(Image.new("LA", (20, 20), (0, 0)), "PNG"),
        encoded(palette, "PNG", transparency=1),
        encoded(palette, "PNG", transparency=bytes([255, 0])),
        encoded(palette, "GIF", transparency=1),
        encoded(Image.new("RGB", (20, 20), "blue"), "PNG", transparency=(0, 0, 255)),
    ):
        assert colour(decode(file), 0.5, 0.5) == (255, 255, 255)


def test_reads_grey_black_and_white_and_print_colours() -> None:
    assert colour(decode(encoded(Image.new("L", (9, 9), 120), "PNG")), 0, 0) == (120, 120, 120)
    assert colour(decode(encoded(Image.new("1", (9, 9), 1), "PNG")), 0, 0) == (255, 255, 255)
    for format_ in ("JPEG", "TIFF"):
        cyan = encoded(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), format_)
        assert colour(decode(cyan), 0.5, 0.5) == (0, 255, 255)


def test_keeps_the_brightness_of_deep_grey() -> None:
    deep = Image.new("I;16", (9, 9), 120 * 256 + 99)
    for format_ in ("PNG", "TIFF"):
        assert colour(decode(encoded(deep, format_)), 0, 0) == (120, 120, 120)


@pytest.mark.parametrize("format_", ["GIF", "WEBP", "PNG", "TIFF", "MPO", "AVIF"])
def test_takes_the_first_frame(format_: str) -> None:
    frames = [plain("lime"), plain("blue")]
    file = encoded(plain("red"), format_, save_all=True, append_images=frames)
    assert colour(decode(file), 0.5, 0.5) == (255, 0, 0)


def test_decodes_smaller_but_not_below_the_limit() -> None:
    for format_ in ("JPEG", "PNG"):
        file = encoded(corners((2000, 1500)), format_)
        small = decode(file, at_least=100)
        assert 100 <= small.height < 250
        assert_corners(small)
        assert decode(file, at_least=1400).size == (2000, 1500)
        assert decode(file).size == (2000, 1500)


def test_recognises_a_picture_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "really a jpeg.png").write_bytes(encoded(corners(), "JPEG"))
    assert_corners(decode(tmp_path / "really a jpeg.png"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file"),
        (b"Dear diary, this is no picture.", "not an image"),
        (b"\xff\xd8\xff", "damaged|truncated"),
        (b"%PDF-1.7 and more", "not an image"),
        (encoded(corners(), "JPEG")[:-200], "truncated"),
        (encoded(corners((300, 300)), "PNG")[:-200], "truncated"),
        (encoded(corners((300, 300)), "GIF")[:-300], "truncated"),
        (encoded(corners(), "BMP")[:-300], "truncated"),
        (encoded(corners(), "WEBP")[:-60], "damaged|truncated"),
        (encoded(corners(), "TIFF")[:-300], "damaged|truncated"),
        (encoded(corners(), "AVIF")[:-60], "damaged|truncated"),
        (png_header(30000, 30000), "decompression bomb: 30000 by 30000 pixels"),
    ],
)
def test_gives_one_plain_reason(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=rf"^({reason})") as raised:
        decode(data)
    assert "\n" not in str(raised.value)


def test_reports_why_opening_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ImageError, match="no such file"):
        decode(tmp_path / "nothing.jpg")
    with pytest.raises(ImageError, match="not a regular file"):
        decode(tmp_path)
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(ImageError, match="not a regular file"):
        decode(tmp_path / "pipe.jpg")

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "mine.jpg").write_bytes(b"x")
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(ImageError, match="permission denied"):
        decode(tmp_path / "mine.jpg")


def test_damaged_bytes_never_escape_as_another_error() -> None:
    chance = random.Random(7)
    for format_ in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
        whole = encoded(corners((64, 64)), format_, exif=oriented(corners(), 6).tobytes())
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with suppress(ImageError):
                assert decode(bytes(data), at_least=16).mode == "RGB"


def test_broken_exif_costs_no_picture_and_no_warning() -> None:
    exif = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\x00" + b"\x12\x01\x03\x00\xff\xff"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert_corners(decode(encoded(corners(), "JPEG", exif=exif)))
    assert caught == []


def test_decodes_the_same_in_many_threads() -> None:
    before = list(warnings.filters)
    files = [encoded(corners(), format_) for format_ in ("JPEG", "PNG", "WEBP", "GIF")] * 20
    with ThreadPoolExecutor(4) as pool:
        for image in pool.map(decode, files):
            assert_corners(image)
    assert list(warnings.filters) == before
