import io
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from PIL import Image

from firs.web import image_files
from firs.web.image_files import Original, Size, Thumbnails, thumbnail, thumbnail_tag
from firs.web.problems import NotFound
from tests.imaging.making import corners, encoded, oriented, png_header

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


def small(data: bytes, size: Size = Size.small) -> Image.Image:
    image = Image.open(io.BytesIO(thumbnail(io.BytesIO(data), size)))
    assert image.format == "WEBP"
    return image


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(int(a) - b) < 60 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("size", list(Size))
def test_the_longer_side_has_the_size(size: Size) -> None:
    assert small(encoded(corners((3000, 2000)), "JPEG"), size).size == (size, round(size * 2 / 3))


def test_a_smaller_picture_is_not_enlarged() -> None:
    assert small(encoded(corners((60, 40)), "PNG"), Size.large).size == (60, 40)


def test_thumbnail_is_upright() -> None:
    lying = corners((600, 400))
    image = small(encoded(lying, "JPEG", exif=oriented(lying, 6)))
    assert image.size == (171, 256)
    assert near(image.getpixel((20, 20)), BLUE)
    assert near(image.getpixel((150, 20)), RED)
    assert near(image.getpixel((20, 235)), (255, 255, 255))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        encoded(corners((600, 400)), "JPEG")[:900],
        png_header(60_000, 60_000),
    ],
)
def test_unreadable_picture_has_no_thumbnail(data: bytes) -> None:
    with pytest.raises(NotFound, match="can no longer be read"):
        thumbnail(io.BytesIO(data), Size.small)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of thumbnails that were really made, as they are made."""
    sizes: list[int] = []

    def counted(file: io.BytesIO, size: Size) -> bytes:
        sizes.append(size)
        return thumbnail(file, size)

    monkeypatch.setattr(image_files, "thumbnail", counted)
    return sizes


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Thumbnails]:
    with closing(Thumbnails([tmp_path / "thumbnails.db"])) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "red.png").write_bytes(encoded(corners((600, 400)), "PNG"))
    return tmp_path / "red.png"


def original(path: Path, key: str = "abc") -> Original:
    return Original(path.open("rb"), path.stat().st_size, key, "PNG")


def test_each_thumbnail_is_made_once_per_size_and_content(
    cache: Thumbnails, made: list[int], path: Path
) -> None:
    first, other = original(path), original(path, "other")
    with first.file, other.file:
        assert cache.make(first, Size.small) == cache.make(first, Size.small)
        cache.make(first, Size.medium)
        cache.make(other, Size.small)
    assert made == [256, 512, 256]
    tags = {
        thumbnail_tag("abc", Size.small),
        thumbnail_tag("abc", Size.medium),
        thumbnail_tag("other", Size.small),
    }
    assert len(tags) == 3


def test_cached_thumbnail_needs_no_file(cache: Thumbnails, made: list[int], path: Path) -> None:
    assert cache.find("abc", Size.small) is None
    first = original(path)
    with first.file:
        data = cache.make(first, Size.small)
    assert cache.find("abc", Size.small) == data
    assert cache.find("abc", Size.medium) is None
    assert made == [256]


def test_concurrent_requests_make_a_thumbnail_once(
    cache: Thumbnails, made: list[int], path: Path
) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> bytes:
        mine = original(path)
        with mine.file:
            together.wait()
            return cache.make(mine, Size.small)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert made == [256]
