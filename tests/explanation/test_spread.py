import numpy as np
import pytest
from PIL import Image, ImageDraw

from firs.explanation.heatmaps import guided_filter, spread

Box = tuple[float, float, float, float]


def one_cell(
    rows: int, cols: int, row: int, col: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    cells = np.zeros((rows, cols), np.float32)
    cells[row, col] = 1
    return cells


def peak(map_: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> tuple[float, float]:
    row, col = np.unravel_index(map_.argmax(), map_.shape)
    return (row + 0.5) / map_.shape[0], (col + 0.5) / map_.shape[1]


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (640, 480), (30, 900)])
def test_cell_keeps_its_position_in_the_picture(size: tuple[int, int]) -> None:
    map_ = spread(one_cell(8, 8, 1, 6), Image.new("RGB", size, "grey"))
    assert map_.shape == (size[1], size[0])
    assert map_.dtype == np.float32
    assert peak(map_) == pytest.approx((1.5 / 8, 6.5 / 8), abs=0.05)
    assert (map_.min(), map_.max()) == (0, 1)


def test_only_a_part_is_seen() -> None:
    middle: Box = (0.25, 0.0, 0.75, 1.0)
    map_ = spread(np.ones((4, 4), np.float32), Image.new("RGB", (80, 40)), middle)
    assert map_[:, 21:59].all()
    assert not map_[:, :19].any()
    assert not map_[:, 61:].any()


def test_cells_may_lie_beyond_the_picture() -> None:
    bordered: Box = (0.0, -0.5, 1.0, 1.5)
    map_ = spread(one_cell(8, 8, 4, 2), Image.new("RGB", (80, 40)), bordered)
    assert map_.shape == (40, 80)
    assert peak(map_)[0] == pytest.approx(0.625, abs=0.1)


def test_the_edges_of_the_map_are_those_of_the_picture() -> None:
    picture = Image.new("RGB", (160, 160), "white")
    ImageDraw.Draw(picture).rectangle((64, 64, 95, 95), fill="navy")
    cells = np.zeros((10, 10), np.float32)
    cells[3:7, 3:7] = 1
    map_ = spread(cells, picture)
    assert map_[80, 80] > 0.9
    assert map_[80, 66] - map_[80, 60] > 0.2


def test_a_plain_guide_only_smooths() -> None:
    values = np.ones((12, 12))
    np.testing.assert_allclose(guided_filter(values, np.zeros((12, 12, 3)), 3), values)


def test_nothing_speaks_for_it() -> None:
    assert not spread(np.full((3, 3), -1, np.float32), Image.new("RGB", (9, 9))).any()


def test_a_picture_of_one_pixel() -> None:
    assert spread(np.ones((10, 10), np.float32), Image.new("RGB", (1, 1))).shape == (1, 1)
