from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from firs.errors import InputError
from firs.imaging.contact_sheet import MAX_IMAGES, contact_sheet
from firs.ranking import Ranking

RED, BLUE = (220, 20, 20), (20, 20, 220)
STRONG = (238, 238, 238)


def ranking(paths: Sequence[Path]) -> Ranking:
    scores = np.linspace(0.9, 0.1, len(paths), dtype=np.float32)
    return Ranking(range(len(paths)), scores, paths, source="fake: text")


def picture(folder: Path, name: str, size: tuple[int, int], colour: tuple[int, int, int]) -> Path:
    path = folder / name
    Image.new("RGB", size, colour).save(path)
    return path


def area(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, width and height of all that has this colour."""
    pixels: NDArray[np.int16] = np.asarray(sheet, dtype=np.int16)
    ys, xs = np.nonzero(np.abs(pixels - colour).max(axis=2) < 12)
    return int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1


def test_pictures_stand_in_order_with_their_own_proportions(tmp_path: Path) -> None:
    wide = picture(tmp_path, "wide.png", (900, 300), RED)
    tall = picture(tmp_path, "tall.png", (300, 600), BLUE)
    sheet = contact_sheet(ranking([wide, tall]))
    red, blue = area(sheet, RED), area(sheet, BLUE)
    assert red[0] + red[2] < blue[0]
    assert red[1] == blue[1]
    assert red[2] / red[3] == pytest.approx(3, rel=0.02)
    assert blue[3] / blue[2] == pytest.approx(2, rel=0.02)


def test_as_wide_as_asked_and_as_high_as_it_takes(tmp_path: Path) -> None:
    paths = [picture(tmp_path, f"{at}.png", (40, 30), RED) for at in range(30)]
    few, many = (contact_sheet(ranking(paths[:n]), width=900, row_height=120) for n in (3, 30))
    assert few.width == many.width == 900
    assert few.height < many.height
    assert many.mode == "RGB"


def test_every_picture_has_a_caption(tmp_path: Path) -> None:
    path = picture(tmp_path, "a.png", (300, 300), RED)
    sheet = contact_sheet(ranking([path]))
    _, top, _, height = area(sheet, RED)
    assert area(sheet, STRONG)[1] > top + height


def test_a_title_makes_room_for_itself(tmp_path: Path) -> None:
    found = ranking([picture(tmp_path, "a.png", (300, 300), RED)])
    plain, titled = contact_sheet(found), contact_sheet(found, title="a red square")
    assert titled.height > plain.height
    assert area(titled, STRONG)[1] < area(titled, RED)[1]


@pytest.mark.parametrize(
    "title", ["“à la plage”", "猫がベンチに座る", "line\nbreak\ttab", "word " * 200_000]
)
def test_any_title_fits(tmp_path: Path, title: str) -> None:
    found = ranking([picture(tmp_path, "a.png", (300, 300), RED)])
    assert contact_sheet(found, title=title, width=500).width == 500


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_the_example_stands_at_the_top(tmp_path: Path, mode: str) -> None:
    found = ranking([picture(tmp_path, "a.png", (300, 300), BLUE)])
    example = Image.new("RGB", (500, 400), "white").convert(mode)
    sheet = contact_sheet(found, example=example)
    _, top, width, height = area(sheet, (255, 255, 255))
    assert width / height == pytest.approx(5 / 4, rel=0.05)
    assert top + height < area(sheet, BLUE)[1]


def test_a_picture_that_is_gone_keeps_its_place(tmp_path: Path) -> None:
    here = picture(tmp_path, "here.png", (400, 300), RED)
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    sheet = contact_sheet(ranking([tmp_path / "gone.png", broken, here]))
    left, _, width, _ = area(sheet, RED)
    assert left > 2 * width


def test_nothing_to_show() -> None:
    with pytest.raises(InputError, match="1 to 400 pictures, not 0"):
        contact_sheet(ranking([]))


def test_too_much_to_show() -> None:
    with pytest.raises(InputError, match="not 401"):
        contact_sheet(ranking([Path(f"{at}.jpg") for at in range(MAX_IMAGES + 1)]))


def test_the_largest_sheet_can_be_saved(tmp_path: Path) -> None:
    gone = [tmp_path / f"{at}.jpg" for at in range(MAX_IMAGES)]
    contact_sheet(ranking(gone)).save(tmp_path / "sheet.jpg")
    with Image.open(tmp_path / "sheet.jpg") as saved:
        assert saved.width == 1600
