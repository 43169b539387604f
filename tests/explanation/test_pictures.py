import numpy as np
import pytest
from PIL import Image

from firs.explanation.heatmaps import draw_outline, overlay, to_layer


@pytest.fixture
def picture() -> Image.Image:
    return Image.new("RGB", (60, 40), (120, 10, 10))


@pytest.fixture
def left() -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    map_ = np.zeros((40, 60), np.float32)
    map_[:, :30] = 1
    return map_


def test_a_layer_is_clear_where_nothing_is_marked(
    left: np.ndarray[tuple[int, ...], np.dtype[np.float32]],
) -> None:
    drawn = np.asarray(to_layer(left))
    assert drawn.shape == (40, 60, 4)
    assert (drawn[:, 30:, 3] == 0).all()
    assert (drawn[:, :30, 3] == 255).all()
    assert tuple(drawn[0, 0, :3]) > tuple(drawn[0, -1, :3])


def test_the_picture_shows_where_the_map_is_0(
    picture: Image.Image, left: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    drawn, before = np.asarray(overlay(picture, left)), np.asarray(picture)
    np.testing.assert_array_equal(drawn[:, 30:], before[:, 30:])
    assert (drawn[:, :30] != before[:, :30]).any(axis=2).all()
    np.testing.assert_array_equal(np.asarray(overlay(picture, left, 0.0)), before)


def test_an_outline_goes_around_and_not_over(
    picture: Image.Image, left: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> None:
    changed = (np.asarray(draw_outline(picture, left)) != np.asarray(picture)).any(axis=2)
    assert changed[:, 28:32].any(axis=1).all()
    assert not changed[:, :25].any()
    assert not changed[:, 35:].any()


def test_nothing_marked_no_outline(picture: Image.Image) -> None:
    assert draw_outline(picture, np.zeros((40, 60), np.float32)).tobytes() == picture.tobytes()


def test_pictures_of_one_pixel() -> None:
    one, map_ = Image.new("RGB", (1, 1)), np.ones((1, 1), np.float32)
    assert overlay(one, map_).size == draw_outline(one, map_).size == (1, 1)
