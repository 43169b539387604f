"""The pen: local measure, mirrored and nested, and its shapes."""

import numpy as np
import pytest

from tools.scenes.canvas import Canvas
from tools.scenes.colours import Light
from tools.scenes.pen import Pen

GREEN = (40, 200, 60)


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(100, 100)


@pytest.fixture
def pen(canvas: Canvas) -> Pen:
    return Pen(canvas, 50, 80, 40, thing=1)


def box_of(canvas: Canvas, thing: int = 1) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(canvas.things() == thing)
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def test_local_y_goes_up_from_the_ground(canvas: Canvas, pen: Pen) -> None:
    pen.box(-0.5, 0, 0.5, 1, GREEN)
    assert box_of(canvas) == pytest.approx((30, 40, 70, 80), abs=1)


def test_a_flipped_pen_draws_the_mirror_image(canvas: Canvas) -> None:
    Pen(canvas, 50, 80, 40, flip=True, thing=1).box(0.25, 0, 1, 0.5, GREEN)
    assert box_of(canvas) == pytest.approx((10, 60, 40, 80), abs=1)


def test_a_nested_pen_scales_moves_and_flips(canvas: Canvas, pen: Pen) -> None:
    inner = pen.at(0.5, 1.0, 0.5, flip=True)
    assert (inner.x, inner.y, inner.unit, inner.flip) == (70, 40, 20, True)
    assert inner.at(0.5, 0, flip=True).flip is False
    assert inner.at(0.5, 0).x == 60


@pytest.mark.parametrize(
    "draw",
    [
        lambda pen: pen.oval(0, 0.5, 0.5, 0.5, GREEN),
        lambda pen: pen.oval(0, 0.5, 0.5, 0.5, GREEN, 0.7),
        lambda pen: pen.disc(0, 0.5, 0.5, GREEN),
        lambda pen: pen.box(-0.5, 0, 0.5, 1, GREEN, 0.2),
        lambda pen: pen.blob([(-0.5, 0.5), (0, 1), (0.5, 0.5), (0, 0)], GREEN),
    ],
)
def test_shapes_fill_the_measure_given(canvas: Canvas, pen: Pen, draw) -> None:  # type: ignore[no-untyped-def]
    draw(pen)
    assert box_of(canvas) == pytest.approx((30, 40, 70, 80), abs=2)
    assert canvas.things()[60, 50] == 1


def test_rounding_takes_the_corners_off(canvas: Canvas, pen: Pen) -> None:
    pen.box(-0.5, 0, 0.5, 1, GREEN, 0.3)
    assert canvas.things()[42, 32] == 0


def test_a_dome_is_flat_below_and_one_upside_down_flat_above(canvas: Canvas, pen: Pen) -> None:
    pen.dome(0, 0.5, 0.5, 0.5, GREEN)
    assert box_of(canvas) == pytest.approx((30, 40, 70, 60), abs=1)
    other = Canvas(100, 100)
    Pen(other, 50, 80, 40, thing=1).dome(0, 0.5, 0.5, -0.5, GREEN)
    assert box_of(other) == pytest.approx((30, 60, 70, 80), abs=1)


def test_a_limb_tapers_and_has_round_ends(canvas: Canvas, pen: Pen) -> None:
    pen.limb([(0, 0.2), (0, 0.6), (0, 1.0)], 0.4, GREEN, 0.1)
    widths = (canvas.things() == 1).sum(axis=1)
    assert widths[70] > widths[56] > widths[42]
    assert box_of(canvas)[1] < 40


def test_a_limb_of_no_length_is_a_dot(canvas: Canvas, pen: Pen) -> None:
    pen.limb([(0, 0.5), (0, 0.5)], 0.2, GREEN)
    assert canvas.area(1) > 0


def test_light_changes_colours_unless_the_thing_gives_light(canvas: Canvas) -> None:
    dim = Pen(canvas, 50, 80, 40, light=Light((0.5, 0.5, 0.5)))
    dim.box(-0.5, 0, 0, 1, GREEN)
    dim.lit().box(0, 0, 0.5, 1, GREEN)
    picture = canvas.picture()
    assert picture.getpixel((40, 60)) == (20, 100, 30)
    assert picture.getpixel((60, 60)) == GREEN


def test_a_shadow_darkens_but_belongs_to_nothing(canvas: Canvas, pen: Pen) -> None:
    canvas.gradient(0, 100, (200, 200, 200), (200, 200, 200))
    pen.shadow(0.5)
    assert canvas.area(1) == 0
    assert np.asarray(canvas.picture())[80, 50, 0] < 190
