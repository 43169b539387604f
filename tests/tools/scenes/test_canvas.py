"""The canvas: paint, and the map of what is where."""

import numpy as np
import pytest

from tools.scenes.canvas import NOTHING, Canvas

RED = (255, 0, 0)
BLUE = (0, 0, 255)
SQUARE = [(10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)]


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(60, 40)


def test_picture_and_map_have_the_size_asked_for(canvas: Canvas) -> None:
    assert canvas.picture().size == (60, 40)
    assert canvas.picture().mode == "RGB"
    assert canvas.things().shape == (40, 60)
    assert canvas.things().dtype == np.uint8


def test_a_polygon_is_painted_and_noted(canvas: Canvas) -> None:
    canvas.polygon(SQUARE, RED, 7)
    assert canvas.picture().getpixel((20, 20)) == RED
    assert canvas.things()[20, 20] == 7
    assert canvas.things()[5, 5] == NOTHING


def test_an_oval_is_painted_and_noted(canvas: Canvas) -> None:
    canvas.oval((10, 10, 30, 30), BLUE, 3)
    assert canvas.picture().getpixel((20, 20)) == BLUE
    assert canvas.things()[20, 20] == 3
    assert canvas.things()[11, 11] == NOTHING


def test_what_is_painted_later_hides_what_was_there(canvas: Canvas) -> None:
    canvas.polygon(SQUARE, RED, 1)
    before = canvas.area(1)
    canvas.oval((15, 15, 25, 25), BLUE, 2)
    assert canvas.area(1) + canvas.area(2) == before
    assert canvas.things()[20, 20] == 2


def test_what_is_sheer_belongs_to_nothing(canvas: Canvas) -> None:
    canvas.polygon(SQUARE, RED, 1)
    canvas.oval((15, 15, 25, 25), BLUE, 2, opacity=0.5)
    canvas.polygon(SQUARE, BLUE, 3, opacity=0.2)
    assert canvas.area(2) == canvas.area(3) == 0
    red, _, blue = np.asarray(canvas.picture())[20, 20]
    assert red > 0
    assert blue > 0


def test_slanted_edges_are_smooth(canvas: Canvas) -> None:
    canvas.polygon([(5.0, 5.0), (50.0, 12.0), (20.0, 35.0)], RED, 1)
    levels = set(np.asarray(canvas.picture())[..., 0].ravel().tolist())
    assert len(levels) > 4


def test_a_gradient_runs_from_top_to_bottom_and_clears_the_map(canvas: Canvas) -> None:
    canvas.polygon(SQUARE, RED, 1)
    canvas.gradient(0, 40, (0, 0, 0), (200, 200, 200))
    column = np.asarray(canvas.picture())[:, 20, 0].astype(int)
    assert (np.diff(column) >= 0).all()
    assert column[0] < 10
    assert column[-1] > 190
    assert canvas.area(1) == 0


def test_a_glow_is_brightest_in_its_middle(canvas: Canvas) -> None:
    canvas.glow((30, 20), 15, (255, 255, 255), 0.8)
    row = np.asarray(canvas.picture())[20, :, 0].astype(int)
    assert row[30] > row[36] > row[42] > row[50] == 0


def test_a_glow_may_reach_over_the_edge(canvas: Canvas) -> None:
    canvas.glow((0, 0), 30, (255, 255, 255), 0.8)
    assert np.asarray(canvas.picture())[1, 1, 0] > 100


def test_a_veil_thickens_downwards(canvas: Canvas) -> None:
    canvas.veil(0, 40, (255, 255, 255), 0.0, 0.5)
    column = np.asarray(canvas.picture())[:, 5, 1].astype(int)
    assert column[0] < 5
    assert 120 < column[-1] < 132
